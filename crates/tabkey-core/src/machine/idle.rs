//! The idle limit as a tab counts it: from input by a person, in any tab. The server's count decides; this one warns. Runs
//! in: the browser, and in the model.

use super::Millis;

/// Use is reported this often at least: "last used" is never older than a minute of use.
const REPORT_EVERY: Millis = 60_000;
/// The warning comes this long before the end.
const WARNING: Millis = 60_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Idle {
    /// From the last use to the end.
    limit: Millis,
    used_at: Millis,
    /// When the server last heard of use.
    reported_at: Millis,
}

impl Idle {
    /// The page was opened, or the person signed in, just now.
    pub fn begin(limit: Millis, now: Millis) -> Self {
        Self { limit, used_at: now, reported_at: now }
    }

    /// What the server says is left; it may not have heard of the last use yet, so that only more than ours counts.
    pub fn hear(&mut self, left: Millis, now: Millis) {
        self.limit = self.limit.max(left);
        let heard = (now + left).saturating_sub(self.limit);
        self.used_at = self.used_at.max(heard);
        self.reported_at = self.reported_at.max(heard);
    }

    /// Notes use, in this tab or another, that the server hears of.
    pub fn used(&mut self, now: Millis) {
        self.used_at = now;
        self.reported_at = now;
    }

    /// Notes use that the server is still to hear of.
    pub fn touched(&mut self, now: Millis) {
        self.used_at = now;
    }

    /// The server hears of it now.
    pub fn reported(&mut self, now: Millis) {
        self.reported_at = now;
    }

    /// Whether there is such use.
    pub fn is_unreported(&self) -> bool {
        self.used_at > self.reported_at
    }

    /// Whether the server should hear of use now: once a minute, oftener under a short limit, at once under a warning.
    pub fn is_report_due(&self, now: Millis) -> bool {
        now.saturating_sub(self.reported_at) >= REPORT_EVERY.min(self.limit / 4) || self.warning(now).is_some()
    }

    /// Milliseconds left, where that is little.
    pub fn warning(&self, now: Millis) -> Option<Millis> {
        let left = (self.used_at + self.limit).saturating_sub(now);
        (left <= WARNING.min(self.limit / 4)).then_some(left)
    }
}
