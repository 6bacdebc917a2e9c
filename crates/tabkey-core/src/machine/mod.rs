//! The tab's session as a state machine: every decision, and no I/O. Runs in: the browser, and in the model.
//!
//! Times are milliseconds of the tab's clock, handed in: the monotonic clock, and what a sleep added to it. The wall clock is
//! never read here.
//!
//! # Words
//!
//! * The *jar* is what the browser keeps of cookies; the *hint* is the cookie that scripts may read.
//! * A page is *drawn for* whom the server recognised when it made the HTML.
//! * The session that a page was signed out of was *left*.
//! * A tab is *told* by the server when it may come again (`Retry-After`); *tells* its *peers*, the other tabs, what happens.
//! * A *gap* is time in which nobody could tell the tab anything; what happened in it is *made up for*.
//!
//! # Layout, in reading order
//!
//! * [`State`], [`Event`], [`Effect`]; [`step`], which ends with three questions asked after every event: `streaming` (is a stream
//!   to be opened or closed?), `cover` (may the page be seen?), `deadline` (when does the tab act by itself?).
//! * `boot`, `heard`, `leaving`: how a page begins, what other tabs say, how it ends. `ask`, `refresh` and `tries`: the one call that
//!   brings a token. `idle`, `alone`: the limits.

mod alone;
mod ask;
mod boot;
mod cover;
mod deadline;
mod event;
mod heard;
mod idle;
mod leaving;
mod refresh;
mod state;
mod step;
mod stream;
mod streaming;
#[cfg(test)]
mod tests;
mod tries;

pub use alone::PasswordWanted;
pub use boot::Boot;
pub use event::{Effect, Event, Peer, Refused};
pub use idle::Idle;
pub use state::{Phase, Refresh, State, Token};
pub use step::step;
pub use stream::{Other, Stream, StreamState};
pub use tries::{By, Tries};

/// Milliseconds of the tab's clock.
pub type Millis = u64;
