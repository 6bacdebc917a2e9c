//! The words of the page of what happened to an account. Runs in: both.

use super::super::Linked;

/// A person's own part of the security log.
#[derive(Clone, Copy)]
pub struct ActivityWords {
    pub title: &'static str,
    pub introduction: &'static str,
    /// What a screen reader calls the list.
    pub list: &'static str,
    /// After where a line came from.
    pub this_device: &'static str,
    pub older: &'static str,
    pub loading: &'static str,
    pub not_me: &'static str,
    /// What a screen reader says: with what the line says.
    pub not_me_this: fn(line: &str) -> String,
    pub not_me_title: &'static str,
    pub not_me_text: &'static str,
    pub not_me_confirm: &'static str,
    /// How many devices were signed out.
    pub disowned: fn(revoked: u64) -> String,
    pub new_password: Linked,
}

impl ActivityWords {
    pub const ENGLISH: Self = Self {
        title: "Activity",
        introduction: "What happened to your account, and from where. Something in it that wasn’t you? Say so.",
        list: "Activity",
        this_device: " · this device",
        older: "Show older",
        loading: "Loading…",
        not_me: "This wasn’t me",
        not_me_this: |line| format!("This wasn’t me: {line}"),
        not_me_title: "That wasn’t you?",
        not_me_text: "Every device that signed in since then is signed out, but this one stays. The operator is told.",
        not_me_confirm: "Sign them out",
        disowned: |revoked| match revoked {
            0 => "Thank you for saying so. No device that came in since is still signed in.".into(),
            1 => "One device was signed out.".into(),
            n => format!("{n} devices were signed out."),
        },
        new_password: Linked {
            before: "Whoever it was may know your password. ",
            link: "Choose a new one now",
            after: ".",
        },
    };
}
