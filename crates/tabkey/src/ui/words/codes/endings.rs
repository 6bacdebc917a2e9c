//! How a session ended, and what to do about it. Runs in: both.

use super::super::{Around, Words};
use tabkey_core::{EndReason, Ended};

/// What happened to a session; the time follows.
#[derive(Clone, Copy)]
pub struct EndingWords {
    pub signed_out: &'static str,
    pub revoked: &'static str,
    /// By which device.
    pub revoked_by: fn(by: &str) -> String,
    pub reuse: &'static str,
    pub password_changed: &'static str,
    /// By which device.
    pub password_changed_by: fn(by: &str) -> String,
    pub idle: &'static str,
    pub expired: &'static str,
    pub blocked: &'static str,
    pub too_many: &'static str,
    pub unloaded: &'static str,
    pub unconfirmed: &'static str,
    /// Around the time when it happened.
    pub time: Around,
    pub reuse_advice: &'static str,
    pub revoked_advice: &'static str,
    pub unloaded_advice: &'static str,
    pub password_changed_advice: &'static str,
}

impl EndingWords {
    pub const ENGLISH: Self = Self {
        signed_out: "You signed out",
        revoked: "Signed out",
        revoked_by: |by| format!("Signed out by {by}"),
        reuse: "Signed out because somebody else used a copy of your sign-in",
        password_changed: "Signed out because your password was changed",
        password_changed_by: |by| format!("Signed out because your password was changed by {by}"),
        idle: "Signed out because this device was not used for a while",
        expired: "Your session is over: it is time to sign in again",
        blocked: "Signed out because this account is blocked",
        too_many: "Signed out because this account is signed in on too many devices",
        unloaded: "Signed out because the page was left or loaded anew",
        unconfirmed: "Signed out because the password was not entered in time",
        time: Around { before: ", ", after: "." },
        reuse_advice: "Sign in, look at your devices, and change your password if you don’t know why.",
        revoked_advice: "If that wasn’t you, sign in and change your password.",
        unloaded_advice: "For your safety, your sign-in is kept in the open page and nowhere else.",
        password_changed_advice: "If that wasn’t you, choose a new one by “Forgotten your password?” below.",
    };
}

impl Words {
    /// What happened to a session; the time follows.
    pub fn ended(&self, ended: &Ended) -> String {
        let words = &self.endings;
        let said = match (ended.reason, ended.by.as_deref()) {
            (EndReason::Revoked, Some(by)) => return (words.revoked_by)(by),
            (EndReason::PasswordChanged, Some(by)) => return (words.password_changed_by)(by),
            (EndReason::SignedOut, _) => words.signed_out,
            (EndReason::Revoked, None) => words.revoked,
            (EndReason::Reuse, _) => words.reuse,
            (EndReason::PasswordChanged, None) => words.password_changed,
            (EndReason::Idle, _) => words.idle,
            (EndReason::Expired, _) => words.expired,
            (EndReason::Blocked, _) => words.blocked,
            (EndReason::TooMany, _) => words.too_many,
            (EndReason::Unloaded, _) => words.unloaded,
            (EndReason::Unconfirmed, _) => words.unconfirmed,
            // What a newer core says.
            _ => words.signed_out,
        };
        said.to_owned()
    }

    /// What to do about it.
    pub fn advice(&self, reason: EndReason) -> Option<&'static str> {
        match reason {
            EndReason::Reuse => Some(self.endings.reuse_advice),
            EndReason::Revoked => Some(self.endings.revoked_advice),
            EndReason::Unloaded => Some(self.endings.unloaded_advice),
            EndReason::PasswordChanged => Some(self.endings.password_changed_advice),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::words::ENGLISH;

    #[test]
    fn an_unwilling_sign_out_is_explained() {
        let ended = Ended { reason: EndReason::Revoked, at: 0, by: Some("Chromium on Linux".into()) };
        assert_eq!(ENGLISH.ended(&ended), "Signed out by Chromium on Linux");
    }
}
