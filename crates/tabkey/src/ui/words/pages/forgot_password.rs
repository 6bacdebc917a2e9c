//! The words of the pages for a forgotten password. Runs in: both.

use super::super::Linked;

/// Asking for a link when the password is forgotten, and choosing a new one by it.
#[derive(Clone, Copy)]
pub struct ForgotPasswordWords {
    pub title: &'static str,
    /// How long the link works, in the words of a duration.
    pub introduction: fn(life: &str) -> String,
    pub email: &'static str,
    pub submit: &'static str,
    pub submitting: &'static str,
    pub remembered: Linked,
    /// The page on which a new one is chosen.
    pub new_title: &'static str,
    pub new_heading: &'static str,
    pub new_introduction: &'static str,
    pub new_submit: &'static str,
    pub new_submitting: &'static str,
    pub sign_in: &'static str,
    pub mail_lost: Linked,
    pub link_broken: Linked,
}

impl ForgotPasswordWords {
    pub const ENGLISH: Self = Self {
        title: "Forgotten password",
        introduction: |life| format!("We mail you a link with which you choose a new one. It works for {life}."),
        email: "Email",
        submit: "Send the link",
        submitting: "Sending…",
        remembered: Linked { before: "It came back to you? ", link: "Sign in", after: "" },
        new_title: "New password",
        new_heading: "Choose a new password",
        new_introduction: "Every device is signed out; then you sign in with the new one.",
        new_submit: "Change password",
        new_submitting: "Changing…",
        sign_in: "Sign in",
        mail_lost: Linked { before: "You no longer have the mail? ", link: "Ask for another one", after: "" },
        link_broken: Linked { before: "The link does not work? ", link: "Ask for another one", after: "" },
    };
}
