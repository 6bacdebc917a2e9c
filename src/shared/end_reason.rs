//! Why a session ended. Runs in: both.

use serde::{Deserialize, Serialize};

/// The name is the same in the database, in JSON and in the page's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Signed out on the device itself.
    SignedOut,
    /// Switched off from another device.
    Revoked,
    /// Its refresh token was used by two parties (RFC 9700 §4.14.2).
    Reuse,
    PasswordChanged,
    /// Nobody used it for the idle time.
    Idle,
    /// Its absolute end came.
    Expired,
    /// The account was blocked.
    Blocked,
    /// The page that alone held the sign-in was left or loaded anew; a tab says so of itself.
    Unloaded,
    /// The password that continues the session did not come in time; a tab says so of itself.
    Unconfirmed,
}

impl EndReason {
    pub const ALL: [Self; 9] = [
        Self::SignedOut,
        Self::Revoked,
        Self::Reuse,
        Self::PasswordChanged,
        Self::Idle,
        Self::Expired,
        Self::Blocked,
        Self::Unloaded,
        Self::Unconfirmed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::Reuse => "reuse",
            Self::PasswordChanged => "password_changed",
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::Blocked => "blocked",
            Self::Unloaded => "unloaded",
            Self::Unconfirmed => "unconfirmed",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// How a session ended: the body of `session_ended`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ended {
    pub reason: EndReason,
    /// Unix seconds.
    pub at: i64,
    /// The name of the device that did it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}
