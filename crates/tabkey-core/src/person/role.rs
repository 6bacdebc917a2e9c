//! Names of roles. Runs in: both.

use crate::FieldError;

/// What a person may be: `admin`, `user`, or a name of the application's own. Lower-case ASCII letters, digits, `_` and
/// `-`, a letter first, at most 32: it stands in tokens, and spaces part one from the next in the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Role(String);

impl Role {
    pub const MAX_CHARS: usize = 32;
    /// Roles of one account: so many of the longest names still fit into an access token that is taken.
    pub const MAX_PER_ACCOUNT: i64 = 64;

    /// Errors: `required`, `too_long`, `malformed`.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if text.is_empty() {
            return Err(FieldError::Required);
        }
        if text.chars().count() > Self::MAX_CHARS {
            return Err(FieldError::TooLong);
        }
        let is_good = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        if is_good { Ok(Self(text.to_owned())) } else { Err(FieldError::Malformed) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_a_plain_name() {
        for good in ["admin", "user", "ledger-clerk_2", &"a".repeat(32)] {
            assert!(Role::parse(good).is_ok(), "{good}");
        }
        assert_eq!(Role::parse(""), Err(FieldError::Required));
        assert_eq!(Role::parse(&"a".repeat(33)), Err(FieldError::TooLong));
        for bad in ["Admin", "two words", "1st", "a\u{e9}", "a\nb", "-a"] {
            assert_eq!(Role::parse(bad), Err(FieldError::Malformed), "{bad}");
        }
    }
}
