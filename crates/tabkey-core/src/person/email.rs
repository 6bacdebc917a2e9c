//! An email address that can be stored, compared and written to. Runs in: both.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::{FieldError, text};

/// An address in the one form under which it is stored, compared and written to: lower case, no surrounding space, an
/// international domain as its A-labels (UTS 46), which is what a browser makes of it, or leaves to us. At most 254 bytes
/// (RFC 5321 §4.5.3.1.3), the part before the @ at most 64. That part is taken as it was typed, in ASCII (RFC 5321 §4.1.2, a
/// dot-string): were compatible characters mapped there, one person's address would turn into another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    pub const MAX_BYTES: usize = 254;

    /// An address that can be written to.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let (local, domain) = split(input)?;
        let domain = ascii(domain).filter(|domain| is_domain(domain)).ok_or(FieldError::Malformed)?;
        if !is_local_part(local) || local.split('.').any(str::is_empty) {
            return Err(FieldError::Malformed);
        }
        Self::of(local, &domain)
    }

    /// An address under which there may be an account: rules that came later do not shut its owner out.
    pub fn known(input: &str) -> Result<Self, FieldError> {
        Self::parse(input).or_else(|error| {
            let (local, domain) = split(input)?;
            let is_known = is_local_part(local) && domain.contains('.') && domain.split('.').all(is_domain_label);
            if is_known { Self::of(local, domain) } else { Err(error) }
        })
    }

    fn of(local: &str, domain: &str) -> Result<Self, FieldError> {
        let address = format!("{local}@{domain}").to_ascii_lowercase();
        if address.len() > Self::MAX_BYTES { Err(FieldError::TooLong) } else { Ok(Self(address)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the @.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

/// The two sides of the one @. U+FF20 and its like are none.
fn split(input: &str) -> Result<(&str, &str), FieldError> {
    if input.len() > Email::MAX_BYTES * 4 {
        return Err(FieldError::TooLong);
    }
    let address = input.trim();
    if address.is_empty() {
        return Err(FieldError::Required);
    }
    if address.chars().any(text::is_unprintable) {
        return Err(FieldError::Malformed);
    }
    if address.is_ascii() && address.len() > Email::MAX_BYTES {
        return Err(FieldError::TooLong);
    }
    address.split_once('@').filter(|(_, domain)| !domain.contains('@')).ok_or(FieldError::Malformed)
}

fn is_local_part(local: &str) -> bool {
    (1..=64).contains(&local.len())
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b))
}

/// As the host of a URL is written, and no character that a name in DNS cannot have.
fn ascii(domain: &str) -> Option<String> {
    let strict =
        Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify);
    strict.ok().map(String::from)
}

/// No top-level domain is a number: that would be the address of a host, which takes no mail without brackets.
fn is_domain(domain: &str) -> bool {
    let Some((_, top)) = domain.rsplit_once('.') else { return false };
    !top.bytes().all(|b| b.is_ascii_digit()) && domain.split('.').all(is_domain_label)
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

    fn parsed(input: &str) -> String {
        Email::parse(input).unwrap_or_else(|error| panic!("{input:?}: {error:?}")).as_str().to_owned()
    }

    #[test]
    fn case_and_space_do_not_make_another_address() {
        assert_eq!(Email::parse("  Ann.Lee@Example.ORG "), Email::parse("ann.lee@example.org"));
    }

    #[test]
    fn an_international_domain_has_one_form_whatever_browser_sent_it() {
        for input in
            ["ann@bücher.example", "Ann@BÜCHER.example", "ann@bu\u{308}cher.example", "ann@xn--bcher-kva.example"]
        {
            assert_eq!(parsed(input), "ann@xn--bcher-kva.example");
        }
        assert_eq!(parsed("ann@例え。テスト"), "ann@xn--r8jz45g.xn--zckzah");
        assert_eq!(parsed("ann@straße.example"), "ann@xn--strae-oqa.example");
        // Wide letters of a domain are those letters, to each browser and to each name server.
        assert_eq!(parsed("ann@ｅｘａｍｐｌｅ.org"), "ann@example.org");
        // Letters that only look alike are other letters, and it shows.
        assert_eq!(parsed("ann@ex\u{430}mple.org"), "ann@xn--exmple-4nf.org");
    }

    #[test]
    fn no_address_becomes_the_address_of_somebody_else() {
        for other in [
            "ann\u{ff20}example.org",
            "ann\u{fe6b}example.org",
            "ann\u{ff20}evil.org@example.org",
            "ann@example.org\u{ff20}evil.org",
            "\u{ff41}nn@example.org",
            // The Kelvin sign, lower case of which is a k; and what NFC makes a plain ` of.
            "mi\u{212a}e@example.org",
            "ann\u{1fef}@example.org",
            "an\u{17f}@example.org",
            "jan\u{131}@example.org",
            "JAN\u{130}@example.org",
            "ann\u{ad}@example.org",
            "ann\u{200d}@example.org",
            "ann\u{ff0e}lee@example.org",
            "ann@example.org@evil.org",
            "ann@exam\u{2100}ple.org",
        ] {
            assert_eq!(Email::parse(other), Err(FieldError::Malformed), "{other:?}");
            assert_eq!(Email::known(other), Err(FieldError::Malformed), "{other:?}");
        }
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
            "ann@a-.org",
            "ann@a..org",
            "ann@.example.org",
            "ann@example.org.",
            "ann@a_b.org",
            "ann@xn--a.org",
            "ann@xn--.org",
            "ann\0@example.org",
            "аnn@example.org",
        ] {
            assert_eq!(Email::parse(bad), Err(FieldError::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn what_cannot_be_mailed_is_malformed_but_an_account_that_has_it_is_found() {
        let bad =
            ["a..b@example.org", ".a@example.org", "a.@example.org", ".@example.org", "ann@192.0.2.1", "ann@a.123"];
        for bad in bad {
            assert_eq!(Email::parse(bad), Err(FieldError::Malformed), "{bad:?}");
            assert_eq!(Email::known(bad).map(|email| email.0), Ok(bad.to_owned()));
        }
        assert_eq!(Email::known("Ann@Example.org"), Email::parse("ann@example.org"));
        assert_eq!(Email::known("ann@bücher.example"), Email::parse("ann@bücher.example"));
    }

    #[test]
    fn empty_and_long_are_told_apart() {
        assert_eq!(Email::parse("  "), Err(FieldError::Required));
        assert_eq!(Email::parse(&format!("a@{}.org", "b.".repeat(200))), Err(FieldError::TooLong));
        assert_eq!(Email::parse(&"x".repeat(10_000_000)), Err(FieldError::TooLong));
    }
}
