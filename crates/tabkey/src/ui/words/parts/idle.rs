//! The words before a session ends because nobody uses it. Runs in: both.

/// Before a session ends because nobody uses it.
#[derive(Clone, Copy)]
pub struct IdleWords {
    pub text: &'static str,
    pub stay: &'static str,
}

impl IdleWords {
    pub const ENGLISH: Self = Self {
        text: "Are you still there? You will be signed out soon because nobody uses this page.",
        stay: "Stay signed in",
    };
}
