//! Failures of a form or a page as a whole. Runs in: both.

use super::super::Words;
use tabkey_core::{Error, FieldError, LinkFault};

/// What a person reads for each code of the API.
#[derive(Clone, Copy)]
pub struct ErrorWords {
    pub wrong_credentials: &'static str,
    pub email_taken: &'static str,
    /// How long to wait, in the words of [`TimeWords`](crate::ui::words::TimeWords).
    pub too_many_attempts: fn(wait: &str) -> String,
    pub busy: &'static str,
    pub offline: &'static str,
    pub unreadable: &'static str,
    pub not_found: &'static str,
    pub forbidden: &'static str,
    pub step_up_required: &'static str,
    pub cross_site: &'static str,
    pub link_used: &'static str,
    pub link_expired: &'static str,
    pub link_unknown: &'static str,
    pub script_needed: &'static str,
    pub too_large: &'static str,
    pub invalid_input: &'static str,
    /// What happened, in the words of [`EndingWords`](super::EndingWords), as a sentence of its own.
    pub session_ended: fn(what: &str) -> String,
    /// The token of a call was none that the server takes.
    pub token_refused: &'static str,
    /// The page asked for something in a way that the server does not know.
    pub not_understood: &'static str,
}

impl ErrorWords {
    pub const ENGLISH: Self = Self {
        wrong_credentials: "That email and password don’t go together. Check both and try again.",
        email_taken: "There is an account with this email already. Sign in instead.",
        too_many_attempts: |wait| format!("Too many tries. Wait {wait} and try again."),
        busy: "The server is busy. Nothing was changed; try again in a moment.",
        offline: "The server can’t be reached. Check your connection and try again.",
        unreadable: "The server’s answer could not be read. Try again in a moment.",
        not_found: "That is no longer there. Reload the page to see what is.",
        forbidden: "You may not do this.",
        step_up_required: "Nothing was changed: your password was not confirmed.",
        cross_site: "This came from another site, so it was not done. Try again from here.",
        link_used: "This link has been used already, or something has happened since that took it back.",
        link_expired: "This link has run out.",
        link_unknown: "This link does not work. Perhaps it was cut short: open it from the mail once more.",
        script_needed: "Here your sign-in lives in the page itself, which needs JavaScript. Try again now that the page is loaded.",
        too_large: "That was too long.",
        invalid_input: "Something in the form could not be used. Check it and try again.",
        session_ended: |what| format!("{what}."),
        token_refused: "Your sign-in could not be confirmed. Reload the page.",
        not_understood: "That did not work. Reload the page.",
    };
}

impl Words {
    /// A failure of a form or a page as a whole.
    pub fn error(&self, error: &Error) -> String {
        let words = &self.errors;
        let said = match error {
            Error::WrongCredentials => words.wrong_credentials,
            Error::EmailTaken => words.email_taken,
            Error::TooManyAttempts { retry_after } => return (words.too_many_attempts)(&self.wait(*retry_after)),
            Error::Busy { .. } => words.busy,
            Error::Offline => words.offline,
            Error::Unreadable => words.unreadable,
            Error::NotFound => words.not_found,
            Error::Forbidden => words.forbidden,
            Error::StepUpRequired => words.step_up_required,
            Error::CrossSite => words.cross_site,
            Error::LinkInvalid { why: LinkFault::Used } => words.link_used,
            Error::LinkInvalid { why: LinkFault::Expired } => words.link_expired,
            Error::LinkInvalid { why: LinkFault::Unknown } => words.link_unknown,
            Error::ScriptNeeded => words.script_needed,
            Error::TooLarge => words.too_large,
            Error::InvalidInput { fields } if fields.values().any(|wrong| *wrong == FieldError::Yourself) => {
                self.fields.yourself
            }
            Error::InvalidInput { .. } => words.invalid_input,
            Error::SessionEnded(ended) => return (words.session_ended)(&self.ended(ended)),
            Error::TokenMissing | Error::TokenInvalid | Error::TokenExpired | Error::TokenStale => words.token_refused,
            // MethodNotAllowed, UnsupportedMediaType, and what a newer core says.
            _ => words.not_understood,
        };
        said.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::words::ENGLISH;

    #[test]
    fn a_limit_says_how_long_to_wait() {
        assert_eq!(
            ENGLISH.error(&Error::TooManyAttempts { retry_after: 600 }),
            "Too many tries. Wait 10 minutes and try again."
        );
    }
}
