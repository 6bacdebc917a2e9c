//! The tab's session as a state machine: every decision, and no I/O. Runs in: the browser, and in the model.
//!
//! Times are milliseconds of the monotonic clock, handed in; the wall clock is never read here.

mod alone;
mod backoff;
mod boot;
mod event;
mod heard;
mod idle;
mod leaving;
mod state;
mod step;
#[cfg(test)]
mod tests;

pub use alone::PasswordWanted;
pub use event::{Effect, Event, Peer, Refused};
pub use idle::Idle;
pub use state::{Phase, Refresh, State, Token};
pub use step::step;

/// Milliseconds of the monotonic clock since the page began.
pub type Millis = u64;
