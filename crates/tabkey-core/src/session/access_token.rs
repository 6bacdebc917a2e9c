//! The access token as the tab holds it: a secret that cannot be printed. Runs in: both.

use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A signed access token (RFC 9068), opaque to the tab. It has no `Display` and no `Serialize`, prints as `***`, and its
/// memory is overwritten when it is dropped.
#[derive(Clone, Deserialize, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct AccessToken(String);

impl AccessToken {
    pub fn new(token: String) -> Self {
        Self(token)
    }

    /// The token itself, for the `Authorization` header and for the one reply that grants it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
