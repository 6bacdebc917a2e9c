//! An email address that can be stored, compared and written to. Runs in: both.

use unicode_normalization::UnicodeNormalization;

use super::{FieldError, text};

/// An address in the one form under which it is stored and compared: NFC, lower case, no surrounding space. At most 254
/// bytes (RFC 5321 §4.5.3.1.3), the part before the @ at most 64. Only what the WHATWG's `<input type=email>` would also
/// accept, so that the browser and the server agree; look-alike letters from other scripts are therefore refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    pub const MAX_BYTES: usize = 254;

    pub fn parse(input: &str) -> Result<Self, FieldError> {
        if input.len() > Self::MAX_BYTES * 4 {
            return Err(FieldError::TooLong);
        }
        let address = input.trim();
        if address.is_empty() {
            return Err(FieldError::Required);
        }
        if address.chars().any(text::is_unprintable) {
            return Err(FieldError::Malformed);
        }
        let address = address.nfc().collect::<String>().to_lowercase();
        if address.len() > Self::MAX_BYTES {
            return Err(FieldError::TooLong);
        }
        match address.split_once('@') {
            Some((local, domain)) if is_local_part(local) && is_domain(domain) => Ok(Self(address)),
            _ => Err(FieldError::Malformed),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the @.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

fn is_local_part(local: &str) -> bool {
    (1..=64).contains(&local.len())
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b))
}

fn is_domain(domain: &str) -> bool {
    domain.contains('.') && domain.split('.').all(is_domain_label)
}

fn is_domain_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_space_do_not_make_another_address() {
        assert_eq!(Email::parse("  Ann.Lee@Example.ORG "), Email::parse("ann.lee@example.org"));
    }

    #[test]
    fn what_is_no_address_is_malformed() {
        for bad in [
            "ann",
            "@example.org",
            "ann@",
            "ann@example",
            "a b@example.org",
            "ann@@example.org",
            "ann@-a.org",
            "ann@a..org",
            "ann\0@example.org",
            "аnn@example.org",
        ] {
            assert_eq!(Email::parse(bad), Err(FieldError::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn empty_and_long_are_told_apart() {
        assert_eq!(Email::parse("  "), Err(FieldError::Required));
        assert_eq!(Email::parse(&format!("a@{}.org", "b.".repeat(200))), Err(FieldError::TooLong));
        assert_eq!(Email::parse(&"x".repeat(10_000_000)), Err(FieldError::TooLong));
    }
}
