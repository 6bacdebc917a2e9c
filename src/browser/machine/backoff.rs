//! How long to leave a failing server alone. Runs in: the browser, and in the model.

use super::{Millis, State};
use crate::shared::Error;

/// Tries that bring nothing, at most, within [`WINDOW`].
pub const BUDGET: usize = 8;
pub const WINDOW: Millis = 10 * 60_000;
const FIRST: Millis = 1_000;
const LONGEST: Millis = 5 * 60_000;

/// Notes a failed try and answers when to try again: exponential with full jitter, never before `Retry-After`, never
/// past the budget. The flag says that the server named the time.
pub fn next_try(state: &mut State, error: &Error, jitter: u16, now: Millis) -> (Millis, bool) {
    state.failures.retain(|at| now.saturating_sub(*at) < WINDOW);
    state.failures.push(now);
    let told = match error {
        Error::TooManyAttempts { retry_after } | Error::Busy { retry_after } => Millis::from(*retry_after) * 1_000,
        _ => 0,
    };
    let doublings = state.failures.len().min(16) as u32 - 1;
    let ceiling = (FIRST << doublings).min(LONGEST);
    let wait = (ceiling * (Millis::from(jitter) + 1) / 1_000).max(told).max(FIRST / 4);
    let mut at = now + wait;
    if let Some(oldest) = over_budget(state) {
        at = at.max(oldest + WINDOW);
    }
    (at, told > FIRST)
}

/// Whether one more try is within the budget.
pub fn may_try(state: &State, now: Millis) -> bool {
    state.failures.iter().filter(|at| now.saturating_sub(**at) < WINDOW).count() < BUDGET
}

fn over_budget(state: &State) -> Option<Millis> {
    let over = state.failures.len().checked_sub(BUDGET)?;
    state.failures.get(over).copied()
}
