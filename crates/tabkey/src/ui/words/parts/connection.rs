//! The words about the connection to the server. Runs in: both.

/// When the server cannot be reached, or the browser keeps nothing.
#[derive(Clone, Copy)]
pub struct ConnectionWords {
    pub lost_signed_in: &'static str,
    pub lost: &'static str,
    pub covered: &'static str,
    pub forgetful: &'static str,
}

impl ConnectionWords {
    pub const ENGLISH: Self = Self {
        lost_signed_in: "The server can’t be reached right now. You stay signed in; we keep trying.",
        lost: "The server can’t be reached right now. We keep trying.",
        covered: "One moment: seeing whether you’re still signed in.",
        forgetful: "This browser doesn’t keep cookies for this site, so you’ll be signed out when you reload. Allow cookies for it, or open it with https.",
    };
}
