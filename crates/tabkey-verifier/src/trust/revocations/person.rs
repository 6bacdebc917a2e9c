//! What is known of one person's tokens: from which claims version on they hold, and how all their sessions ended. Runs in:
//! the server, and in services that verify its tokens.

use uuid::Uuid;

use super::Verdict;
use tabkey_core::Ended;

/// Endings of all of one person's sessions that are remembered with their reasons. The newest of them decides alone.
const MAX_ENDINGS: usize = 8;

/// How all sessions of a person ended, but for one. A session that begins later makes tokens of a higher claims version, so
/// that no clock decides which are meant.
#[derive(Clone, Debug)]
pub struct AllEnded {
    /// Tokens of this claims version and above are of sessions that began afterwards.
    pub below: i64,
    /// The session that goes on.
    pub kept: Option<Uuid>,
    pub ended: Ended,
    /// When the last token that it concerns is dead (unix milliseconds).
    pub until: i64,
}

/// What is known of a person's tokens.
#[derive(Debug, Default)]
pub struct Person {
    /// Tokens with a lower claims version are stale.
    minimum: i64,
    /// When the last token that any of it concerns is dead (unix milliseconds).
    pub until: i64,
    /// In the order in which they happened, at most [`MAX_ENDINGS`].
    endings: Vec<AllEnded>,
}

impl Person {
    /// `None` where nothing speaks against the token. Whoever ends all sessions has one that lives, so that the newest ending
    /// holds for all; older ones only know better why.
    pub fn verdict(&self, session: Uuid, claims_version: i64) -> Option<Verdict> {
        let concerns = |ending: &AllEnded| claims_version < ending.below && ending.kept != Some(session);
        if self.endings.last().is_some_and(concerns) {
            return self
                .endings
                .iter()
                .find(|ending| concerns(ending))
                .map(|first| Verdict::Ended(first.ended.clone()));
        }
        (claims_version < self.minimum).then_some(Verdict::Stale)
    }

    /// Answers whether that is news.
    pub fn raise(&mut self, minimum: i64, until: i64) -> bool {
        let is_raised = self.minimum < minimum;
        self.minimum = self.minimum.max(minimum);
        self.until = self.until.max(until);
        is_raised
    }

    /// Answers whether that is news.
    pub fn end(&mut self, ending: AllEnded) -> bool {
        self.until = self.until.max(ending.until);
        let at = self.endings.partition_point(|known| known.below < ending.below);
        if self.endings.get(at).is_some_and(|known| known.below == ending.below) {
            return false;
        }
        self.endings.insert(at, ending);
        if self.endings.len() > MAX_ENDINGS {
            self.endings.remove(0);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tabkey_core::EndReason;

    #[test]
    fn who_ends_all_sessions_over_and_over_takes_bounded_memory() {
        let mut person = Person::default();
        for below in 1..=1_000 {
            let ended = Ended { reason: EndReason::Revoked, at: 7, by: None };
            assert!(person.end(AllEnded { below, kept: None, ended, until: 100 }));
        }

        assert_eq!(person.endings.len(), MAX_ENDINGS);
        assert!(matches!(person.verdict(Uuid::from_u128(1), 3), Some(Verdict::Ended(_))));
        assert_eq!(person.verdict(Uuid::from_u128(1), 1_000), None);
    }
}
