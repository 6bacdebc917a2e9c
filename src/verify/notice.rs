//! One row of the feed as other services read it. Runs in: the server, and in services that verify its tokens.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Ending, Revocations};
use crate::shared::{EndReason, Ended};

/// A session that ended, or a person whose older tokens are stale. Times are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The session that ended.
    pub sid: Option<Uuid>,
    /// Its person.
    pub sub: Uuid,
    /// Tokens of this person with a lower `cv` are stale.
    pub min_cv: Option<i64>,
    pub reason: Option<String>,
    pub at: i64,
    /// When the last token that it concerns is dead.
    pub until: i64,
}

impl Notice {
    /// `until` is in unix milliseconds.
    pub fn ended(user: Uuid, session: Uuid, reason: impl Into<String>, at: i64, until: i64) -> Self {
        let reason = Some(reason.into());
        Self { sid: Some(session), sub: user, min_cv: None, reason, at, until: seconds_after(until) }
    }

    /// `until` is in unix milliseconds.
    pub fn raised(user: Uuid, minimum: i64, at: i64, until: i64) -> Self {
        Self { sid: None, sub: user, min_cv: Some(minimum), reason: None, at, until: seconds_after(until) }
    }

    /// Takes it into memory.
    pub fn note(&self, revocations: &Revocations) {
        let until = self.until.saturating_mul(1_000);
        if let Some(session) = self.sid {
            // A reason that this version does not know ends the session all the same.
            let reason = self.reason.as_deref().and_then(EndReason::parse).unwrap_or(EndReason::Revoked);
            revocations.end(session, Ending { ended: Ended { reason, at: self.at, by: None }, until });
        }
        if let Some(minimum) = self.min_cv {
            revocations.raise(self.sub, minimum, until);
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
    use crate::verify::Verdict;

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
