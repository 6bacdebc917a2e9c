//! How often one person may ask for what is dear: in memory, for each node. Runs in: the server.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use uuid::Uuid;

use tabkey_core::Error;

/// Calls between two looks for people who have long stopped asking.
const SWEEP: u32 = 1_024;

/// What costs more than a look at what is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Costly {
    /// One small write, with its commit.
    Write,
    /// A mail, or a word to every operator.
    Mail,
    /// Everything that is kept on a person.
    Export,
    /// A search through everybody, or a count of them.
    Search,
}

impl Costly {
    /// How many at once, and how often one more.
    fn quota(self) -> Quota {
        let (burst, every) = match self {
            Self::Write => (30, Duration::from_secs(2)),
            Self::Mail => (10, Duration::from_secs(60)),
            Self::Export => (5, Duration::from_secs(60)),
            // An admin's page asks each five seconds, and at each letter typed.
            Self::Search => (60, Duration::from_millis(500)),
        };
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Quota::with_period(every).map_or(Quota::per_minute(burst), |quota| quota.allow_burst(burst))
    }
}

/// Who asked for what, and when.
pub struct Costs {
    write: People,
    mail: People,
    export: People,
    search: People,
    calls: AtomicU32,
    is_enabled: bool,
}

type People = DefaultKeyedRateLimiter<Uuid>;

impl Costs {
    /// Where limits are off, nothing is counted.
    pub fn new(is_enabled: bool) -> Self {
        let people = |kind: Costly| RateLimiter::keyed(kind.quota());
        Self {
            write: people(Costly::Write),
            mail: people(Costly::Mail),
            export: people(Costly::Export),
            search: people(Costly::Search),
            calls: AtomicU32::new(1),
            is_enabled,
        }
    }

    /// Counts one call of a person. Errors: 429.
    pub fn spend(&self, kind: Costly, person: Uuid) -> Result<(), Error> {
        if !self.is_enabled {
            return Ok(());
        }
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP) {
            for people in [&self.write, &self.mail, &self.export, &self.search] {
                people.retain_recent();
            }
        }
        self.people(kind).check_key(&person).map_err(|refused| {
            let wait = refused.wait_time_from(DefaultClock::default().now());
            Error::TooManyAttempts { retry_after: u32::try_from(wait.as_secs()).map_or(u32::MAX, |s| s + 1) }
        })
    }

    fn people(&self, kind: Costly) -> &People {
        match kind {
            Costly::Write => &self.write,
            Costly::Mail => &self.mail,
            Costly::Export => &self.export,
            Costly::Search => &self.search,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r45_a_burst_is_free_and_then_one_waits_each_for_themself() {
        let costs = Costs::new(true);
        let (ann, bob) = (Uuid::now_v7(), Uuid::now_v7());

        let taken = (0..100).filter(|_| costs.spend(Costly::Export, ann).is_ok()).count();

        assert_eq!(taken, 5);
        let Err(Error::TooManyAttempts { retry_after }) = costs.spend(Costly::Export, ann) else { panic!("no limit") };
        assert!((1..=61).contains(&retry_after), "{retry_after}");
        assert_eq!(costs.spend(Costly::Export, bob), Ok(()));
        assert_eq!(costs.spend(Costly::Write, ann), Ok(()));
    }

    #[test]
    fn switched_off_they_count_nothing() {
        let costs = Costs::new(false);
        assert!((0..1_000).all(|_| costs.spend(Costly::Export, Uuid::nil()).is_ok()));
    }
}
