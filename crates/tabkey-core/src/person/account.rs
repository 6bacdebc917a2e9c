//! A person's account and its log, as its owner sees them. Runs in: both.

use serde::{Deserialize, Serialize};

/// Times are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub email: String,
    /// A link in a mail has shown that the address is theirs.
    pub email_verified: bool,
    pub display_name: String,
    pub created_at: i64,
}

/// A line of the security log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    pub id: i64,
    /// Unix seconds.
    pub at: i64,
    /// `signed_in`, `password_changed` …; more may come.
    pub kind: String,
    pub device: Option<String>,
    pub address: Option<String>,
    pub detail: Option<String>,
    /// By the session that asks.
    pub current: bool,
}
