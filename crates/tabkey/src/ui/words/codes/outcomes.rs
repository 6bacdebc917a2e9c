//! What a form has done, in words. Runs in: both.

use super::super::Words;
use tabkey_core::Outcome;

/// What a person reads once a form has done what it is for.
#[derive(Clone, Copy)]
pub struct OutcomeWords {
    pub mail_sent: &'static str,
    pub password_set: &'static str,
    pub email_confirmed: &'static str,
    pub email_changed: &'static str,
    pub regained: &'static str,
}

impl OutcomeWords {
    pub const ENGLISH: Self = Self {
        mail_sent: "If there is an account with this address, the mail is on its way. Check your spam folder too.",
        password_set: "Your password is changed, and every device was signed out.",
        email_confirmed: "Your address is confirmed.",
        email_changed: "Your account has its new address.",
        regained: "Every device was signed out, and your old password no longer works. Ask for a link to choose a new one.",
    };
}

impl Words {
    /// What a form has done.
    pub fn done(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::MailSent => self.outcomes.mail_sent,
            Outcome::PasswordSet => self.outcomes.password_set,
            Outcome::EmailConfirmed => self.outcomes.email_confirmed,
            Outcome::EmailChanged => self.outcomes.email_changed,
            Outcome::Regained => self.outcomes.regained,
        }
    }
}
