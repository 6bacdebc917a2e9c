//! Whether the page may be seen: after a gap, not before the first answer. Runs in: the browser, and in the model.

use super::{Millis, State};

impl State {
    /// Whether what is private on the page is to be kept out of sight: nobody knows yet what happened while nobody looked, or
    /// the device slept and the password is due.
    pub fn is_covered(&self, now: Millis) -> bool {
        self.session().is_some() && (self.covered || (self.doubted_at.is_some() && self.waits_for_password(now)))
    }
}

/// The page is shown again: covered, where it has missed something and can hear of it.
pub(super) fn draw(state: &mut State, now: Millis) {
    state.covered = state.stream.exists && state.session().is_some() && state.is_deaf(now);
}

/// An answer came, or none is to be had.
pub(super) fn lift(state: &mut State) {
    state.covered = false;
}
