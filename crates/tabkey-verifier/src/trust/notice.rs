//! One row of the feed as other services read it. Runs in: the server, and in services that verify its tokens.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AllEnded, Ending, Revocations};
use tabkey_core::{EndReason, Ended};

/// A session that ended, all sessions of a person but one, or a person whose older tokens are stale. Times are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The session that ended.
    pub sid: Option<Uuid>,
    /// Its person.
    pub sub: Uuid,
    /// Tokens of this person with a lower `cv` are stale; with a `reason` and without `sid`, their sessions are over. Who does
    /// not know the latter refuses them all the same.
    pub min_cv: Option<i64>,
    /// The one of those sessions that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Uuid>,
    pub reason: Option<String>,
    pub at: i64,
    /// When the last token that it concerns is dead.
    pub until: i64,
}

impl Notice {
    /// `until` is in unix milliseconds.
    pub fn ended(user: Uuid, session: Uuid, reason: impl Into<String>, at: i64, until: i64) -> Self {
        let reason = Some(reason.into());
        Self { sid: Some(session), sub: user, min_cv: None, kept: None, reason, at, until: seconds_after(until) }
    }

    /// `until` is in unix milliseconds.
    pub fn raised(user: Uuid, minimum: i64, at: i64, until: i64) -> Self {
        Self { sid: None, sub: user, min_cv: Some(minimum), kept: None, reason: None, at, until: seconds_after(until) }
    }

    pub fn all_ended(user: Uuid, all: &AllEnded) -> Self {
        Self {
            sid: None,
            sub: user,
            min_cv: Some(all.below),
            kept: all.kept,
            reason: Some(all.ended.reason.as_str().into()),
            at: all.ended.at,
            until: seconds_after(all.until),
        }
    }

    /// Takes it into memory.
    pub fn note(&self, revocations: &Revocations) {
        let until = self.until.saturating_mul(1_000);
        // A reason that this version does not know is an ending all the same.
        let ended = || Ended { reason: EndReason::of_ending(self.reason.as_deref()), at: self.at, by: None };
        match (self.sid, self.min_cv) {
            (Some(session), _) => {
                revocations.end(session, Ending { ended: ended(), until });
            }
            (None, Some(below)) if self.reason.is_some() => {
                revocations.end_all(self.sub, AllEnded { below, kept: self.kept, ended: ended(), until });
            }
            (None, Some(minimum)) => {
                revocations.raise(self.sub, minimum, until);
            }
            (None, None) => {}
        }
    }
}

/// Rounded up: nothing is forgotten too early.
fn seconds_after(millis: i64) -> i64 {
    millis.div_euclid(1_000).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::trust::Verdict;

    const ANN: Uuid = Uuid::from_u128(1);
    const SESSION: Uuid = Uuid::from_u128(2);

    #[test]
    fn a_notice_of_another_version_still_ends_the_session() {
        let text =
            format!(r#"{{"sid":"{SESSION}","sub":"{ANN}","min_cv":null,"reason":"moon","at":7,"until":9,"new":1}}"#);
        let revocations = Revocations::default();

        serde_json::from_str::<Notice>(&text).expect("a notice").note(&revocations);

        let verdict = revocations.verdict(SESSION, ANN, 1, Instant::now());
        assert!(matches!(verdict, Verdict::Ended(ended) if ended.at == 7));
    }
}
