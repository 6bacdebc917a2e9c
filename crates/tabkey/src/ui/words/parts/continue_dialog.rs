//! The words of the question for the password at a session's end. Runs in: both.

use super::super::Around;

/// The question for the password at the end of a session's token, and shortly before it.
#[derive(Clone, Copy)]
pub struct ContinueWords {
    pub title: &'static str,
    pub due: &'static str,
    pub soon: &'static str,
    /// Around the seconds that are left; so `soon_in`.
    pub due_in: Around,
    pub soon_in: Around,
    pub sign_out: &'static str,
    pub not_now: &'static str,
    pub submit: &'static str,
    pub submitting: &'static str,
}

impl ContinueWords {
    pub const ENGLISH: Self = Self {
        title: "Enter your password to go on",
        due: "Your sign-in has come to its end. What you typed on this page is still there.",
        soon: "Your sign-in is about to end. What you typed on this page stays.",
        due_in: Around { before: "You will be signed out in ", after: "" },
        soon_in: Around { before: "It ends in ", after: "" },
        sign_out: "Sign out now",
        not_now: "Not now",
        submit: "Go on",
        submitting: "Checking…",
    };
}
