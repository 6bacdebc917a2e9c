//! The refresh token as a tab holds it, where no cookie does: a secret that cannot be printed. Runs in: both.

use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Opaque to the tab. It has no `Display` and no `Serialize`, prints as `***`, and its memory is overwritten when it is
/// dropped.
#[derive(Clone, Deserialize, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct RefreshToken(String);

impl RefreshToken {
    pub fn new(token: String) -> Self {
        Self(token)
    }

    /// The token itself, for the calls that present it and for the one reply that grants it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
