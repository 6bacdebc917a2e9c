//! Form bodies, taken strictly: what a call does not expect is refused, not ignored (R49). Runs in: the server.

use std::collections::{BTreeMap, HashSet};

use axum::http::{HeaderMap, header};
use percent_encoding::percent_decode;

use tabkey_core::{Error, FieldError};

/// The fields that a call takes.
#[derive(Clone, Copy, Debug)]
pub enum Fields<'a> {
    These(&'a [&'a str]),
    /// Of a call that is not ours nobody knows them here. A list may come as `name[]`, again and again.
    Any,
}

impl Fields<'_> {
    fn take(self, name: &str) -> bool {
        match self {
            Self::These(allowed) => allowed.contains(&name),
            Self::Any => true,
        }
    }

    fn may_repeat(self, name: &str) -> bool {
        matches!(self, Self::Any) && name.ends_with("[]")
    }

    /// In an adopter's text the marks of a direction have their place, for some keyboards have keys for them; what overrides
    /// it has none.
    fn refuses(self, c: char) -> bool {
        match self {
            Self::These(_) => is_treacherous(c),
            Self::Any => matches!(c, '\0' | '\u{202D}' | '\u{202E}'),
        }
    }
}

/// Checks a form-encoded body or query against the fields that a call takes. Errors: 422 with `unknown`, `duplicate` or
/// `malformed` for each field.
pub fn check(form: &[u8], allowed: Fields) -> Result<(), Error> {
    let mut fields = BTreeMap::new();
    let mut seen = HashSet::new();
    for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        let Some(name) = decode(name) else { return Err(Error::InvalidInput { fields: BTreeMap::new() }) };
        if !allowed.take(&name) {
            fields.insert(shown(&name), FieldError::Unknown);
        } else if !allowed.may_repeat(&name) && !seen.insert(name.clone()) {
            fields.insert(shown(&name), FieldError::Duplicate);
        } else if decode(value).is_none_or(|value| value.chars().any(|c| allowed.refuses(c))) {
            fields.entry(shown(&name)).or_insert(FieldError::Malformed);
        }
        if fields.len() > 16 {
            break;
        }
    }
    if fields.is_empty() { Ok(()) } else { Err(Error::InvalidInput { fields }) }
}

/// The name is a stranger's text: it is cut, and goes nowhere but back.
fn shown(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic()).take(32).collect()
}

/// The value of one field of a form that was checked.
pub fn value(form: &[u8], wanted: &str) -> Option<String> {
    form.split(|byte| *byte == b'&').find_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        (decode(&pair[..at])? == wanted).then(|| decode(&pair[at + 1..]))?
    })
}

/// Whether a content type says that it is a form, or several types leave that open.
pub fn is_named(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let first = values.next();
    values.next().is_some() || first.is_some_and(|value| is_form(value.to_str().unwrap_or_default()))
}

fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Errors: 415 unless it is a form; an empty body needs no type.
pub fn check_content_type(headers: &HeaderMap, is_empty: bool) -> Result<(), Error> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    match (values.next(), values.next()) {
        (None, _) if is_empty => Ok(()),
        (Some(value), None) if value.to_str().is_ok_and(is_form) => Ok(()),
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

/// NUL, and the controls that turn the direction of a line (Trojan Source): nobody types them into an address or a name.
fn is_treacherous(c: char) -> bool {
    matches!(c, '\0' | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(form: &[u8]) -> Vec<(String, FieldError)> {
        match check(form, Fields::These(&["email", "password"])) {
            Err(Error::InvalidInput { fields }) => fields.into_iter().collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_plain_form_passes() {
        let fields = Fields::These(&["email", "password"]);
        assert_eq!(check(b"email=a%40b.org&password=two+words", fields), Ok(()));
        assert_eq!(check(b"", Fields::These(&[])), Ok(()));
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
        assert!(check(b"%ff=1", Fields::These(&["email"])).is_err());
        assert!(check(b"%ff=1", Fields::Any).is_err());
    }

    #[test]
    fn of_a_call_that_is_not_ours_everything_but_the_names_is_judged() {
        for good in [&b"text=hello&tags[]=a&tags[]=b&of[0]=1&of[1]=2"[..], b"", b"&&", b"anything", b"text=%E2%80%8F"] {
            assert_eq!(check(good, Fields::Any), Ok(()), "{good:?}");
        }
        for bad in [&b"text=a&text=b"[..], b"text=%ff", b"text=%zz", b"text=a%00", b"text=%E2%80%AE"] {
            assert!(check(bad, Fields::Any).is_err(), "{bad:?}");
        }
    }
}
