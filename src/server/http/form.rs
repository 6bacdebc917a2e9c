//! Form bodies, taken strictly: what a call does not expect is refused, not ignored (R49). Runs in: the server.

use std::collections::{BTreeMap, HashSet};

use axum::http::{HeaderMap, header};
use percent_encoding::percent_decode;

use crate::shared::{Error, FieldError};

/// Checks a form-encoded body or query against the fields that a call takes. Errors: 422 with `unknown`, `duplicate` or
/// `malformed` for each field.
pub fn check(form: &[u8], allowed: &[&str]) -> Result<(), Error> {
    let mut fields = BTreeMap::new();
    let mut seen = HashSet::new();
    for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        let Some(name) = decode(name) else { return Err(Error::InvalidInput { fields: BTreeMap::new() }) };
        if !allowed.contains(&name.as_str()) {
            // The name is a stranger's text: it is cut, and goes nowhere but back.
            fields.insert(name.chars().filter(|c| c.is_ascii_graphic()).take(32).collect(), FieldError::Unknown);
        } else if !seen.insert(name.clone()) {
            fields.insert(name, FieldError::Duplicate);
        } else if decode(value).is_none_or(|value| value.chars().any(is_treacherous)) {
            fields.entry(name).or_insert(FieldError::Malformed);
        }
        if fields.len() > 16 {
            break;
        }
    }
    if fields.is_empty() { Ok(()) } else { Err(Error::InvalidInput { fields }) }
}

/// The value of one field of a form that was checked.
pub fn value(form: &[u8], wanted: &str) -> Option<String> {
    form.split(|byte| *byte == b'&').find_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        (decode(&pair[..at])? == wanted).then(|| decode(&pair[at + 1..]))?
    })
}

/// Errors: 415 unless it is a form; an empty body needs no type.
pub fn check_content_type(headers: &HeaderMap, is_empty: bool) -> Result<(), Error> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    match (values.next(), values.next()) {
        (None, _) if is_empty => Ok(()),
        (Some(value), None) => {
            let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
            if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
                Ok(())
            } else {
                Err(Error::UnsupportedMediaType)
            }
        }
        _ => Err(Error::UnsupportedMediaType),
    }
}

/// `None` for a broken escape and for what is no UTF-8.
fn decode(text: &[u8]) -> Option<String> {
    let escapes_are_whole = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(at, _)| text.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    if !escapes_are_whole {
        return None;
    }
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(|text| text.into_owned())
}

/// NUL, and the controls that turn the direction of a line (Trojan Source): nobody types them.
fn is_treacherous(c: char) -> bool {
    matches!(c, '\0' | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(form: &[u8]) -> Vec<(String, FieldError)> {
        match check(form, &["email", "password"]) {
            Err(Error::InvalidInput { fields }) => fields.into_iter().collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_plain_form_passes() {
        assert_eq!(check(b"email=a%40b.org&password=two+words", &["email", "password"]), Ok(()));
        assert_eq!(check(b"", &[]), Ok(()));
        assert_eq!(value(b"email=a%40b.org&next=%2Fdevices", "next").as_deref(), Some("/devices"));
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        assert_eq!(errors(b"email=a&email=b"), [("email".into(), FieldError::Duplicate)]);
        assert_eq!(errors(b"is_admin=1"), [("is_admin".into(), FieldError::Unknown)]);
        assert_eq!(errors(b"email[]=1"), [("email[]".into(), FieldError::Unknown)]);
        for bad in [&b"email=%ff"[..], b"email=%zz", b"email=%4", b"email=\xff", b"email=a%00b", b"email=%E2%80%AE"] {
            assert_eq!(errors(bad), [("email".into(), FieldError::Malformed)], "{bad:?}");
        }
    }

    #[test]
    fn a_field_name_that_is_no_text_is_refused() {
        assert!(check(b"%ff=1", &["email"]).is_err());
    }
}
