//! The words of the page on which an account is created. Runs in: both.

use super::super::Linked;

/// Creating an account.
#[derive(Clone, Copy)]
pub struct SignUpWords {
    pub title: &'static str,
    pub name: &'static str,
    pub name_hint: &'static str,
    pub email: &'static str,
    pub submit: &'static str,
    pub submitting: &'static str,
    pub sign_in: Linked,
    /// Where nobody may.
    pub closed_title: &'static str,
    pub closed: &'static str,
}

impl SignUpWords {
    pub const ENGLISH: Self = Self {
        title: "Create an account",
        name: "Name",
        name_hint: "What we call you. You can leave it empty.",
        email: "Email",
        submit: "Create account",
        submitting: "Creating your account…",
        sign_in: Linked { before: "You have an account? ", link: "Sign in", after: "" },
        closed_title: "No new accounts",
        closed: "Nobody can create an account here at the moment.",
    };
}
