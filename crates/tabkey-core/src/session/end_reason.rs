//! Why a session ended. Runs in: both.

use serde::{Deserialize, Deserializer, Serialize};

/// The name is the same in the database, in JSON and in the page's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
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
    /// The account had as many sessions as it may have, and this one was used least of late.
    TooMany,
    /// The page that alone held the sign-in was left or loaded anew; a tab says so of itself.
    Unloaded,
    /// The password that continues the session did not come in time; a tab says so of itself.
    Unconfirmed,
}

impl EndReason {
    pub const ALL: &[Self] = &[
        Self::SignedOut,
        Self::Revoked,
        Self::Reuse,
        Self::PasswordChanged,
        Self::Idle,
        Self::Expired,
        Self::Blocked,
        Self::TooMany,
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
            Self::TooMany => "too_many",
            Self::Unloaded => "unloaded",
            Self::Unconfirmed => "unconfirmed",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == name)
    }

    /// The reason of something that is known to have ended. One that this version does not know is an ending all the same:
    /// another release, on a node or in a tab, may have more of them.
    pub fn of_ending(name: Option<&str>) -> Self {
        name.and_then(Self::parse).unwrap_or(Self::Revoked)
    }
}

impl<'de> Deserialize<'de> for EndReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Ok(Self::of_ending(Some(&name)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_the_same_word_everywhere() {
        for reason in EndReason::ALL.iter().copied() {
            assert_eq!(serde_json::to_value(reason).expect("a word"), reason.as_str());
            assert_eq!(EndReason::parse(reason.as_str()), Some(reason));
        }
    }

    #[test]
    fn an_unknown_reason_is_an_ending_all_the_same() {
        let ended: Ended = serde_json::from_str(r#"{"reason":"compromised","at":7}"#).expect("an ending");
        assert_eq!(ended.reason, EndReason::Revoked);
        assert_eq!(EndReason::of_ending(Some("compromised")), EndReason::Revoked);
        assert_eq!(EndReason::of_ending(None), EndReason::Revoked);
    }
}
