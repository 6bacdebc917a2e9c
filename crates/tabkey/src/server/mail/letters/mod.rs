//! The sentences of the mails as data: one set a language. Runs in: the server.

mod english;

pub use english::ENGLISH;

use crate::times::Durations;

/// Every sentence of the mails. How they make up a mail is code, in one place, and so is every escape: all of this is plain
/// text. No subject takes an argument, so that nothing that a stranger could choose is in one.
///
/// A set may change a few entries of another, or be a whole language; one that lacks an entry does not compile:
///
/// ```
/// use tabkey::server::mail::letters::{Asked, ENGLISH, Letters};
///
/// const OURS: Letters = Letters {
///     reset_password: Asked { subject: "Your new password for Notes", ..ENGLISH.reset_password },
///     ..ENGLISH
/// };
/// ```
#[derive(Clone, Copy)]
pub struct Letters {
    /// The language, as HTML has it (BCP 47).
    pub lang: &'static str,
    /// `ltr`, or `rtl` where the language is written from right to left.
    pub dir: &'static str,
    /// "30 minutes", "a day": what the sentences below get as `life`.
    pub durations: Durations,
    /// When something happened, given in UTC as `2026-11-24` and `14:03`: with the time zone, for nobody knows the reader's.
    pub date: fn(day: &str, minute: &str) -> String,
    pub labels: Labels,
    /// In a mail that tells of several occasions, and shows the first.
    pub gathered: fn(times: i64) -> String,
    pub reset_password: Asked,
    pub verify_email: Asked,
    pub confirm_email: Asked,
    pub email_changed: EmailChanged,
    pub password_changed: Happened,
    pub new_device: Happened,
    pub reuse: Happened,
    /// The end of those three.
    pub disown: Disown,
    pub password_disabled: PasswordDisabled,
    pub not_me: NotMe,
    pub deletion: Deletion,
}

/// What stands before a fact: a time, a device, an address.
#[derive(Clone, Copy)]
pub struct Labels {
    pub when: &'static str,
    pub device: &'static str,
    /// Where the device was in the network.
    pub address: &'static str,
    /// The former email address.
    pub before: &'static str,
    pub now: &'static str,
    pub account: &'static str,
    /// When that was which an owner says was not them.
    pub concerns: &'static str,
    /// When an account will be deleted.
    pub goes: &'static str,
}

/// Brings what somebody asked for, who may have been anybody.
#[derive(Clone, Copy)]
pub struct Asked {
    pub subject: &'static str,
    /// Why the mail came, and that its link works once and for how long.
    pub opening: fn(life: &str) -> String,
    pub button: &'static str,
    /// What to do where the reader did not ask for it.
    pub otherwise: &'static str,
}

/// To the former address.
#[derive(Clone, Copy)]
pub struct EmailChanged {
    pub subject: &'static str,
    pub opening: &'static str,
    /// What the button does, and for how long.
    pub advice: fn(life: &str) -> String,
    pub button: &'static str,
}

/// Tells the owner of an account of something that another may have done; [`Disown`] follows.
#[derive(Clone, Copy)]
pub struct Happened {
    pub subject: &'static str,
    pub opening: &'static str,
}

#[derive(Clone, Copy)]
pub struct Disown {
    /// What the button does, and for how long.
    pub advice: fn(life: &str) -> String,
    pub button: &'static str,
}

#[derive(Clone, Copy)]
pub struct PasswordDisabled {
    pub subject: &'static str,
    /// `wrong` is how many wrong passwords in a row it takes.
    pub opening: fn(wrong: i64) -> String,
    pub advice: &'static str,
    pub button: &'static str,
}

/// To the operators.
#[derive(Clone, Copy)]
pub struct NotMe {
    pub subject: &'static str,
    pub opening: &'static str,
    pub button: &'static str,
}

#[derive(Clone, Copy)]
pub struct Deletion {
    pub subject: &'static str,
    pub opening: &'static str,
    /// How the account is kept.
    pub advice: &'static str,
    pub button: &'static str,
}
