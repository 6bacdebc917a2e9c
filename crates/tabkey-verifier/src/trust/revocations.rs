//! What is known to be over, in memory: asked at every request, without a query. Runs in: the server, and in services that
//! verify its tokens.

mod person;
mod sharded;

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use uuid::Uuid;

pub use person::AllEnded;
use person::Person;
use sharded::{Sharded, Upsert};
use tabkey_core::Ended;

/// Silence after which memory is not trusted any more.
pub const SILENCE: Duration = Duration::from_secs(5);
/// Entries at most, a session or a person each: 73 bytes and the name of a device, in a table at most half empty, so that
/// all of them take less than 200 MB. What comes past it is left out, and memory is not trusted until it fits again.
const MAX_ENTRIES: usize = 1_000_000;

/// Ended sessions and raised claims versions, each until the last access token that it concerns is dead.
pub struct Revocations {
    sessions: Sharded<Ending>,
    people: Sharded<Person>,
    entries: AtomicUsize,
    max_entries: usize,
    began: Instant,
    /// When the feed last gave a sign of life, in milliseconds since `began`; 0 before the first.
    heard_at: AtomicU64,
    /// How many were ever left out, and how many of them no longer matter.
    left_out: AtomicU64,
    made_up: AtomicU64,
}

/// How a session ended, and when its last token is dead (unix milliseconds).
#[derive(Clone, Debug)]
pub struct Ending {
    pub ended: Ended,
    pub until: i64,
}

/// What memory says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Live,
    Ended(Ended),
    /// The person's claims have changed since.
    Stale,
    /// Memory may have missed something: ask, or refuse.
    Unsure(Gap),
}

/// Why memory is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The feed has been silent for [`SILENCE`].
    Silent,
    /// More is live than memory may hold.
    Full,
}

impl Default for Revocations {
    fn default() -> Self {
        Self::with_room_for(MAX_ENTRIES)
    }
}

impl Revocations {
    fn with_room_for(max_entries: usize) -> Self {
        Self {
            sessions: Sharded::new(),
            people: Sharded::new(),
            entries: AtomicUsize::new(0),
            max_entries,
            began: Instant::now(),
            heard_at: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            made_up: AtomicU64::new(0),
        }
    }

    /// What is known stays true however long the feed is silent; what is not known counts only while it speaks.
    pub fn verdict(&self, session: Uuid, user: Uuid, claims_version: i64, now: Instant) -> Verdict {
        if let Some(ended) = self.sessions.read(session, |ending| ending.ended.clone()) {
            return Verdict::Ended(ended);
        }
        if let Some(verdict) = self.people.read(user, |person| person.verdict(session, claims_version)).flatten() {
            return verdict;
        }
        self.gap(now).map_or(Verdict::Live, Verdict::Unsure)
    }

    /// Why memory is not to be trusted now, where that is so.
    pub fn gap(&self, now: Instant) -> Option<Gap> {
        let heard_at = self.heard_at.load(Ordering::Acquire);
        if heard_at == 0 || now > self.began + Duration::from_millis(heard_at) + SILENCE {
            return Some(Gap::Silent);
        }
        let is_whole = self.left_out.load(Ordering::Acquire) == self.made_up.load(Ordering::Acquire);
        (!is_whole).then_some(Gap::Full)
    }

    /// The feed gave a sign of life at `now`, and all that it told before is in memory.
    pub fn heard(&self, now: Instant) {
        let milliseconds = now.saturating_duration_since(self.began).as_millis();
        self.heard_at.store(u64::try_from(milliseconds).unwrap_or(u64::MAX).max(1), Ordering::Release);
    }

    /// Grows with every sign of life, so that two of them tell whether there was one in between.
    pub fn heard_at(&self) -> u64 {
        self.heard_at.load(Ordering::Acquire)
    }

    /// Notes that a session is over; the first ending stands. Answers whether that is news.
    pub fn end(&self, session: Uuid, ending: Ending) -> bool {
        self.note(|| self.sessions.upsert(session, || ending, |_| false))
    }

    /// Notes that all sessions of a person are over, but for one. Answers whether that is news.
    pub fn end_all(&self, user: Uuid, ending: AllEnded) -> bool {
        self.of_person(user, |person| person.end(ending))
    }

    /// Notes that this person's tokens below a claims version are stale. Answers whether that is news.
    pub fn raise(&self, user: Uuid, minimum: i64, until: i64) -> bool {
        self.of_person(user, |person| person.raise(minimum, until))
    }

    fn of_person(&self, user: Uuid, change: impl FnOnce(&mut Person) -> bool) -> bool {
        self.note(|| self.people.upsert(user, Person::default, change))
    }

    /// Drops what concerns no living token at `now` (unix milliseconds).
    pub fn forget(&self, now: i64) {
        let dropped = self.sessions.retain(|ending| ending.until > now);
        let dropped = dropped + self.people.retain(|person| person.until > now);
        self.entries.fetch_sub(dropped, Ordering::Relaxed);
    }

    /// To be taken before the whole live part of the feed is read, and given to [`Revocations::is_whole_since`] after.
    pub fn mark(&self) -> u64 {
        self.left_out.load(Ordering::Acquire)
    }

    /// Everything that is live was read since `mark`: what had been left out before is in memory now, or dead.
    pub fn is_whole_since(&self, mark: u64) {
        self.made_up.store(mark, Ordering::Release);
    }

    /// Entries held now.
    pub fn count(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }

    fn note(&self, upsert: impl FnOnce() -> Upsert) -> bool {
        if self.count() >= self.max_entries {
            self.left_out.fetch_add(1, Ordering::AcqRel);
            return true;
        }
        let upsert = upsert();
        self.entries.fetch_add(usize::from(upsert == Upsert::Inserted), Ordering::Relaxed);
        upsert != Upsert::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tabkey_core::EndReason;

    const ANN: Uuid = Uuid::from_u128(1);

    fn ending(until: i64) -> Ending {
        Ending { ended: Ended { reason: EndReason::Revoked, at: 7, by: None }, until }
    }

    fn id(n: usize) -> Uuid {
        Uuid::from_u128(n as u128)
    }

    #[test]
    fn what_is_not_known_counts_only_while_the_feed_speaks() {
        let revocations = Revocations::default();
        let now = Instant::now();
        assert_eq!(revocations.verdict(id(1), ANN, 1, now), Verdict::Unsure(Gap::Silent));

        revocations.heard(now);
        revocations.end(id(2), ending(100));

        assert_eq!(revocations.verdict(id(1), ANN, 1, now + SILENCE), Verdict::Live);
        let later = now + SILENCE + Duration::from_millis(1);
        assert_eq!(revocations.verdict(id(1), ANN, 1, later), Verdict::Unsure(Gap::Silent));
        assert_eq!(revocations.verdict(id(2), ANN, 1, later), Verdict::Ended(ending(0).ended));
    }

    #[test]
    fn a_raised_claims_version_makes_older_tokens_stale_and_never_falls() {
        let revocations = Revocations::default();
        let now = Instant::now();
        revocations.heard(now);

        assert!(revocations.raise(ANN, 3, 100));
        assert!(!revocations.raise(ANN, 2, 100));

        assert_eq!(revocations.verdict(id(1), ANN, 2, now), Verdict::Stale);
        assert_eq!(revocations.verdict(id(1), ANN, 3, now), Verdict::Live);
    }

    #[test]
    fn the_first_ending_stands_and_is_news_once() {
        let revocations = Revocations::default();

        assert!(revocations.end(id(1), ending(100)));
        assert!(!revocations.end(id(1), ending(200)));

        revocations.forget(100);
        assert_eq!(revocations.count(), 0);
    }

    fn all_ended(below: i64, kept: Option<Uuid>, reason: EndReason) -> AllEnded {
        AllEnded { below, kept, ended: Ended { reason, at: 7, by: None }, until: 100 }
    }

    #[test]
    fn an_ending_of_all_holds_for_every_session_but_the_kept_one_and_those_that_begin_later() {
        let revocations = Revocations::default();
        let now = Instant::now();
        revocations.heard(now);

        assert!(revocations.end_all(ANN, all_ended(5, Some(id(1)), EndReason::Revoked)));
        assert!(!revocations.end_all(ANN, all_ended(5, Some(id(1)), EndReason::Revoked)), "no news");

        assert_eq!(revocations.verdict(id(1), ANN, 4, now), Verdict::Live);
        assert!(matches!(revocations.verdict(id(2), ANN, 4, now), Verdict::Ended(_)));
        assert_eq!(revocations.verdict(id(3), ANN, 5, now), Verdict::Live);
        assert_eq!(revocations.verdict(id(2), id(9), 4, now), Verdict::Live, "somebody else's");
        assert_eq!(revocations.count(), 1, "one entry, however many sessions there were");
    }

    #[test]
    fn the_newest_ending_decides_and_the_first_one_says_why() {
        let revocations = Revocations::default();
        let now = Instant::now();
        revocations.heard(now);
        let why = |session, version| match revocations.verdict(session, ANN, version, now) {
            Verdict::Ended(ended) => Some(ended.reason),
            _ => None,
        };

        // In whatever order they are heard.
        revocations.end_all(ANN, all_ended(7, Some(id(2)), EndReason::PasswordChanged));
        revocations.end_all(ANN, all_ended(5, Some(id(1)), EndReason::Revoked));

        assert_eq!(
            (why(id(1), 4), why(id(1), 5)),
            (Some(EndReason::PasswordChanged), Some(EndReason::PasswordChanged))
        );
        assert_eq!((why(id(2), 5), why(id(2), 6)), (None, None));
        assert_eq!((why(id(3), 4), why(id(3), 6)), (Some(EndReason::Revoked), Some(EndReason::PasswordChanged)));
    }

    #[test]
    fn past_its_room_memory_is_not_trusted_until_all_that_is_live_fits() {
        let revocations = Revocations::with_room_for(2);
        let now = Instant::now();
        revocations.heard(now);
        for n in 1..=3 {
            assert!(revocations.end(id(n), ending(n as i64 * 100)));
        }
        assert_eq!(revocations.verdict(id(3), ANN, 1, now), Verdict::Unsure(Gap::Full));

        // Read again while it is still too much.
        let mark = revocations.mark();
        revocations.end(id(3), ending(300));
        revocations.is_whole_since(mark);
        assert_eq!(revocations.gap(now), Some(Gap::Full));

        // And when it fits.
        revocations.forget(100);
        let mark = revocations.mark();
        revocations.end(id(3), ending(300));
        revocations.is_whole_since(mark);
        assert_eq!(revocations.gap(now), None);
        assert!(matches!(revocations.verdict(id(3), ANN, 1, now), Verdict::Ended(_)));
    }

    #[test]
    fn an_entry_is_as_small_as_the_limit_says() {
        assert!(size_of::<(Uuid, Ending)>() <= 64 && size_of::<(Uuid, Person)>() <= 72);
    }
}
