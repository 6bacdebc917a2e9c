//! Which passwords are taken (NIST SP 800-63B-4 §3.1.1). Runs in: both.

use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Email, FieldError};

/// Characters, after normalisation: NIST's minimum where the password is the only factor.
pub const MIN_PASSWORD_LENGTH: usize = 15;
/// Characters, after normalisation.
pub const MAX_PASSWORD_LENGTH: usize = 256;

/// A password somebody may set: normalised, long enough, not common, not made of who they are. Prints as `***`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct NewPassword(String);

impl NewPassword {
    /// `product` is what the application is called; `min` is the configured minimum length in characters; `is_common` answers
    /// for a lower-case password (the list is only on the server; the browser passes `|_| false`).
    pub fn parse(
        input: &str,
        email: &Email,
        product: &str,
        min: usize,
        is_common: impl Fn(&str) -> bool,
    ) -> Result<Self, FieldError> {
        if input.is_empty() {
            return Err(FieldError::Required);
        }
        let password = Self(normalise_password(input).ok_or(FieldError::TooLong)?);
        if password.0.chars().count() < min {
            return Err(FieldError::TooShort);
        }
        let lower = password.0.to_lowercase();
        if is_common(&lower) || has_little_variety(&lower) {
            return Err(FieldError::Common);
        }
        if contains_identity(&lower, email, product) {
            return Err(FieldError::ContainsIdentity);
        }
        Ok(password)
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// NFC, as every password is before it is counted or hashed; `None` past [`MAX_PASSWORD_LENGTH`].
pub fn normalise_password(input: &str) -> Option<String> {
    // No character takes more than 4 bytes, and composition at most quarters their number.
    if input.len() > MAX_PASSWORD_LENGTH * 16 {
        return None;
    }
    let normalised: String = input.nfc().collect();
    (normalised.chars().count() <= MAX_PASSWORD_LENGTH).then_some(normalised)
}

/// One or two characters over and over, or a run such as `abcdefgh…`: long, but the first thing a guesser tries.
fn has_little_variety(password: &str) -> bool {
    let mut distinct: Vec<char> = password.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() <= 3 {
        return true;
    }
    let codes: Vec<i64> = password.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes.windows(2).filter(|pair| (pair[1] - pair[0]).abs() == 1).count();
    steps * 5 >= codes.len() * 4
}

/// What remains without the person's and the product's names must still be something to guess: six characters.
fn contains_identity(password: &str, email: &Email, product: &str) -> bool {
    let mut rest = password.to_owned();
    let domain = email.as_str().split('@').nth(1).unwrap_or_default();
    let names = [email.as_str(), email.local_part(), domain]
        .into_iter()
        .chain(email.as_str().split(['@', '.', '+', '-', '_']))
        .chain([product])
        .filter(|name| name.len() >= 4);
    let mut found = false;
    for name in names {
        if rest.contains(name) {
            found = true;
            rest = rest.replace(name, "");
        }
    }
    found && rest.chars().count() < 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(password: &str) -> Result<NewPassword, FieldError> {
        let email = Email::parse("ann.lee@example.org").expect("an address");
        NewPassword::parse(password, &email, "tabkey", MIN_PASSWORD_LENGTH, |p| p == "correcthorsebatterystaple")
    }

    #[test]
    fn length_counts_characters_after_normalisation() {
        assert!(parse("läuft wie öl, ja").is_ok());
        assert_eq!(parse("fourteen chars"), Err(FieldError::TooShort));
        assert_eq!(parse(""), Err(FieldError::Required));
        assert!(parse(&"wörd ".repeat(51)).is_ok());
        assert_eq!(parse(&"wörd ".repeat(52)), Err(FieldError::TooLong));
    }

    #[test]
    fn any_character_may_be_used_and_none_must() {
        assert!(parse("all lower case words").is_ok());
        assert!(parse("😀 emoji and \t tabs").is_ok());
    }

    #[test]
    fn common_ones_are_refused() {
        assert_eq!(parse("CorrectHorseBatteryStaple"), Err(FieldError::Common));
        assert_eq!(parse("aaaaaaaaaaaaaaaaaaa"), Err(FieldError::Common));
        assert_eq!(parse("abcdefghijklmnopqrst"), Err(FieldError::Common));
    }

    #[test]
    fn a_name_and_a_number_are_refused_but_a_name_in_a_sentence_is_not() {
        assert_eq!(parse("ann.lee@example.org"), Err(FieldError::ContainsIdentity));
        assert_eq!(parse("TabkeyTabkeyTab1"), Err(FieldError::ContainsIdentity));
        assert!(parse("my example of a fine sentence").is_ok());
    }

    #[test]
    fn it_does_not_print() {
        assert_eq!(format!("{:?}", parse("all lower case words")), "Ok(***)");
    }
}
