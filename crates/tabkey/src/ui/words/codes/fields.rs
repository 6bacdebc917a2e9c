//! What is wrong with a field of a form. Runs in: both.

use super::super::Words;
use tabkey_core::{Error, FieldError, MAX_PASSWORD_LENGTH, Site};

/// Every field of every form.
pub const FIELDS: [&str; 7] = ["email", "password", "display_name", "current_password", "new_password", "name", "role"];

/// What a person reads beside a field.
#[derive(Clone, Copy)]
pub struct FieldWords {
    pub email_required: &'static str,
    pub password_required: &'static str,
    pub name_required: &'static str,
    pub email_malformed: &'static str,
    pub malformed: &'static str,
    /// The fewest characters of a password.
    pub password_too_short: fn(least: u64) -> String,
    /// The most characters of a password.
    pub password_too_long: fn(most: u64) -> String,
    pub too_long: &'static str,
    pub common: &'static str,
    pub contains_identity: &'static str,
    pub wrong: &'static str,
    pub yourself: &'static str,
    pub too_many: &'static str,
    pub last_admin: &'static str,
    /// A rule of the application's own.
    pub not_allowed: &'static str,
    pub unusable: &'static str,
}

impl FieldWords {
    pub const ENGLISH: Self = Self {
        email_required: "Enter your email.",
        password_required: "Enter a password.",
        name_required: "Enter a name.",
        email_malformed: "That is not an email address we can use. It looks like name@example.org.",
        malformed: "There is a character in it that can’t be used.",
        password_too_short: |least| format!("That is too short: use at least {least} characters."),
        password_too_long: |most| format!("That is too long: use at most {most} characters."),
        too_long: "That is too long.",
        common: "This one is among the first that are tried. Four words that have nothing to do with each other would do.",
        contains_identity: "It is made of your name, your address or our name. Four words that have nothing to do with you would do.",
        wrong: "That is not your current password.",
        yourself: "You can’t do this to your own account.",
        too_many: "There is room for no more.",
        last_admin: "This is the last admin: nobody could undo it. Make somebody else one first.",
        not_allowed: "This can’t be used here.",
        unusable: "This could not be used.",
    };
}

/// Whether [`Words::field`] finds a place for it.
pub fn is_about_a_field(error: &Error) -> bool {
    FIELDS.iter().any(|name| fault(error, name).is_some())
}

/// What an error says of a field.
enum Fault {
    Taken,
    Wrong(FieldError),
}

fn fault(error: &Error, name: &str) -> Option<Fault> {
    match error {
        Error::EmailTaken if name == "email" => Some(Fault::Taken),
        Error::InvalidInput { fields } => fields.get(name).map(|wrong| Fault::Wrong(*wrong)),
        _ => None,
    }
}

impl Words {
    /// What is wrong with one field.
    pub fn field(&self, error: &Error, name: &str, site: &Site) -> Option<String> {
        fault(error, name).map(|fault| match fault {
            Fault::Taken => self.error(error),
            Fault::Wrong(wrong) => self.mistake(wrong, name, site),
        })
    }

    fn mistake(&self, wrong: FieldError, field: &str, site: &Site) -> String {
        let words = &self.fields;
        let is_password = field.ends_with("password");
        let said = match wrong {
            FieldError::Required if field == "email" => words.email_required,
            FieldError::Required if is_password => words.password_required,
            FieldError::Required => words.name_required,
            FieldError::Malformed if field == "email" => words.email_malformed,
            FieldError::Malformed => words.malformed,
            FieldError::TooShort => return (words.password_too_short)(site.min_password as u64),
            FieldError::TooLong if is_password => return (words.password_too_long)(MAX_PASSWORD_LENGTH as u64),
            FieldError::TooLong => words.too_long,
            FieldError::Common => words.common,
            FieldError::ContainsIdentity => words.contains_identity,
            FieldError::Wrong => words.wrong,
            FieldError::Yourself => words.yourself,
            FieldError::TooMany => words.too_many,
            FieldError::LastAdmin => words.last_admin,
            FieldError::NotAllowed => words.not_allowed,
            // Unknown, Duplicate, and what a newer core says.
            _ => words.unusable,
        };
        said.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::words::ENGLISH;

    #[test]
    fn every_failure_has_its_words_and_its_place() {
        let taken = Error::EmailTaken;
        assert!(is_about_a_field(&taken));
        assert!(ENGLISH.field(&taken, "password", &Site::default()).is_none());
        assert!(!is_about_a_field(&Error::WrongCredentials));
        // A field that no form shows must not swallow the message.
        assert!(!is_about_a_field(&Error::field("remember", FieldError::Malformed)));
    }
}
