//! How long to leave a failing server alone, and what of it a person may cut short. Runs in: the browser, and in the model.

use super::{Millis, State};
use crate::Error;

/// Tries that a tab makes by itself and that bring nothing, at most, within [`WINDOW`].
pub const BUDGET: usize = 8;
pub const WINDOW: Millis = 10 * 60_000;
/// Between two tries that a person, or the network's return, asks for.
const BETWEEN_ACTS: Millis = 5_000;
/// A call so soon after a person touched the page is what they did.
const ACT: Millis = 5_000;
const FIRST: Millis = 1_000;
const LONGEST: Millis = 5 * 60_000;

/// Whose wish a try is: each has a purse of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The tab, by itself.
    Tab,
    /// A person who acts, or the browser that is online again.
    Person,
}

/// What was tried in vain, since the last try that was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tries {
    /// When the tab's own tries of the last ten minutes failed.
    pub failures: Vec<Millis>,
    /// When a person last asked for one.
    pub asked_at: Option<Millis>,
}

impl Tries {
    /// Whether one more try is within the purse.
    pub fn may(&self, by: By, now: Millis) -> bool {
        match by {
            By::Tab => self.recent(now).count() < BUDGET,
            By::Person => self.asked_at.is_none_or(|at| now >= at + BETWEEN_ACTS),
        }
    }

    /// When the tab may try again by itself.
    pub fn free_at(&self, now: Millis) -> Millis {
        let over = self.failures.len().checked_sub(BUDGET).and_then(|over| self.failures.get(over));
        over.map_or(now, |oldest| (oldest + WINDOW).max(now))
    }

    /// Notes a try that brought nothing and answers when the tab tries again: exponential with full jitter, never before
    /// `Retry-After`, never past the budget. The flag says that the server named the time.
    pub fn failed(&mut self, by: By, error: &Error, jitter: u16, now: Millis) -> (Millis, bool) {
        let recent = self.recent(now).collect();
        self.failures = recent;
        if by == By::Tab {
            self.failures.push(now);
        }
        let told = error.retry_after().map_or(0, |seconds| Millis::from(seconds) * 1_000);
        let at = now + pause(self.failures.len(), FIRST, LONGEST, jitter).max(told).max(FIRST / 4);
        (at.max(self.free_at(now)), told > FIRST)
    }

    fn recent(&self, now: Millis) -> impl Iterator<Item = Millis> {
        self.failures.iter().copied().filter(move |at| now.saturating_sub(*at) < WINDOW)
    }
}

impl State {
    /// Whose doing a call is that is made now.
    pub(super) fn by(&self, now: Millis) -> By {
        match self.input_at {
            Some(at) if now.saturating_sub(at) < ACT => By::Person,
            _ => By::Tab,
        }
    }
}

/// After so many failures: doubled each time, of that a part by chance (`jitter` is 0 to 999).
pub(super) fn pause(failures: usize, first: Millis, longest: Millis, jitter: u16) -> Millis {
    let doublings = failures.clamp(1, 17) - 1;
    let ceiling = (first << doublings).min(longest);
    ceiling * (Millis::from(jitter) + 1) / 1_000
}
