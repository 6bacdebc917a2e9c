//! The words of the sign-in page. Runs in: both.

use super::super::Linked;

/// Signing in.
#[derive(Clone, Copy)]
pub struct SignInWords {
    pub title: &'static str,
    pub email: &'static str,
    pub submit: &'static str,
    pub submitting: &'static str,
    pub forgotten: &'static str,
    pub sign_up: Linked,
    pub shared_computer: &'static str,
    /// How long it may lie unused, in the words of a duration.
    pub shared_computer_hint: fn(idle: &str) -> String,
    /// Where nothing outlives the page.
    pub one_page: &'static str,
}

impl SignInWords {
    pub const ENGLISH: Self = Self {
        title: "Sign in",
        email: "Email",
        submit: "Sign in",
        submitting: "Signing in…",
        forgotten: "Forgotten your password?",
        sign_up: Linked { before: "New here? ", link: "Create an account", after: "" },
        shared_computer: "This is a shared computer",
        shared_computer_hint: |idle| {
            format!("You are signed out after {idle} without use, or when the browser is closed.")
        },
        one_page: "You are signed out when you close this page or load it anew.",
    };
}
