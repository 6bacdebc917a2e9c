//! A session as its owner sees it: a device. Runs in: both.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{FieldError, text};

/// One row of the devices page. Times are unix seconds; no value in it can authenticate anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The session's id.
    pub id: Uuid,
    pub name: String,
    /// For example `Chromium 156`; empty when the client did not say.
    pub browser: String,
    /// For example `Linux`; empty when the client did not say.
    pub os: String,
    /// `desktop`, `phone`, `tablet` or `other`.
    pub kind: String,
    pub address: String,
    pub created_at: i64,
    pub last_used_at: i64,
    pub expires_at: i64,
    /// The device that asks.
    pub current: bool,
}

/// A name that a person gave a device: 1 to 64 characters, one line, no control or bidirectional formatting characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceName(String);

impl DeviceName {
    pub const MAX_CHARS: usize = 64;

    pub fn parse(input: &str) -> Result<Self, FieldError> {
        text::parse_line(input, Self::MAX_CHARS).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
