//! Accounts and the log as an admin sees them. Times are unix seconds. Runs in: both.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Device;

/// One account of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    pub roles: Vec<String>,
    pub created_at: i64,
    /// To the minute.
    pub last_used_at: i64,
    pub blocked_at: Option<i64>,
    /// Live sessions.
    pub sessions: i64,
}

/// A page of a list of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    pub accounts: Vec<AccountLine>,
    /// `after` of the next page, where there is one.
    pub next: Option<String>,
}

/// One account with everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDetails {
    pub account: AccountLine,
    /// Sessions whose password was last proved before then are over at their next refresh.
    pub sign_in_after: Option<i64>,
    pub devices: Vec<Device>,
    /// The last lines of the log about it.
    pub log: Vec<LogLine>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub id: i64,
    pub at: i64,
    /// `signed_in`, `blocked` and so on.
    pub kind: String,
    /// Whom it concerns.
    pub user_id: Option<Uuid>,
    pub email: Option<String>,
    /// The address of who did it, where that was somebody else.
    pub actor: Option<String>,
    pub device: Option<String>,
    pub address: Option<String>,
    pub detail: Option<String>,
}

/// A page of the log, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    pub lines: Vec<LogLine>,
    /// `after` of the next page, where there is one.
    pub next: Option<String>,
}

/// Who is here now, and how busy it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    pub at: i64,
    /// Live sessions.
    pub sessions: i64,
    /// People with a session used within five minutes.
    pub online_count: i64,
    /// The last of them.
    pub online: Vec<AccountLine>,
    /// The last half hour, the present minute last.
    pub minutes: Vec<Minute>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    pub at: i64,
    /// Sign-ins and sign-ups.
    pub sign_ins: i64,
    /// Wrong passwords, and refresh tokens used twice.
    pub refusals: i64,
}
