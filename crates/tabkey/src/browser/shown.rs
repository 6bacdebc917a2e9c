//! What a page may show of the session. Runs in: both.

use tabkey_core::{Ended, Identity};

/// What a page may know of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Before the first answer: the server could not tell, and the tab has not heard yet.
    Unknown,
    /// With the reason where the person did not ask for it.
    SignedOut(Option<Ended>),
    SignedIn,
}

/// The person is to give their password, so that the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordAsked {
    /// Until the token's end; once it is due, until the person is signed out.
    pub seconds_left: u64,
    /// Nothing can be done on the page until it is given.
    pub is_due: bool,
}

/// Everything that a page shows of the session.
pub(super) struct Shown {
    pub status: Status,
    pub identity: Option<Identity>,
    pub degraded: bool,
    pub covered: bool,
    pub forgets: bool,
    pub idle_left: Option<u64>,
    pub password_asked: Option<PasswordAsked>,
}

/// Where it is shown.
pub(super) struct Sink {
    pub show: Box<dyn Fn(Shown)>,
    /// The person's devices are others now.
    pub devices_changed: Box<dyn Fn()>,
    /// Unix seconds by the server's clock.
    pub time: Box<dyn Fn(i64)>,
}
