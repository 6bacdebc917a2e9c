//! What a form has done, in words. Runs in: both.

use crate::shared::Outcome;

pub fn done(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::MailSent => {
            "If there is an account with this address, the mail is on its way. Check your spam folder too."
        }
        Outcome::PasswordSet => "Your password is changed, and every device was signed out.",
        Outcome::EmailConfirmed => "Your address is confirmed.",
        Outcome::EmailChanged => "Your account has its new address.",
        Outcome::Regained => {
            "Every device was signed out, and your old password no longer works. Ask for a link to choose a new one."
        }
    }
}
