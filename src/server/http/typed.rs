//! What was typed comes back with a form that failed: in a cookie for a minute, for an address is written into histories and
//! logs. Runs in: the server.

use axum::http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    cookies::Cookies,
    form::{self, Fields},
};
use crate::shared::Typed;

/// Seconds from the form that failed to the page that shows it again.
const LIFE: u64 = 60;
/// Bytes of a value, as it travels: an address or a name has fewer.
const LONGEST: usize = 1_000;

/// Of the body of a form.
pub fn of(body: &[u8]) -> Typed {
    Typed::new(|name| form::value(body, name))
}

/// The `Set-Cookie` that brings it to the next page.
pub fn keep(cookies: Cookies, typed: &Typed) -> HeaderValue {
    let pairs = typed.iter().map(|(name, value)| (name, utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()));
    let pairs = pairs.filter(|(_, value)| value.len() <= LONGEST).map(|(name, value)| format!("{name}={value}"));
    cookies.of_typed(&pairs.collect::<Vec<_>>().join("&"), LIFE)
}

/// What came, and the `Set-Cookie` that forgets it; nothing where it is not as it was written.
pub fn take(cookies: Cookies, headers: &HeaderMap) -> Option<(Typed, HeaderValue)> {
    let value = cookies.typed(headers)?;
    let typed = match form::check(value, Fields::These(&Typed::FIELDS)) {
        Ok(()) => of(value),
        Err(_) => Typed::default(),
    };
    Some((typed, cookies.of_typed("", 0)))
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    const COOKIES: Cookies = Cookies { insecure: false, suffix: "-two" };

    fn back(body: &[u8]) -> Option<Typed> {
        let cookie = keep(COOKIES, &of(body));
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_bytes(cookie.as_bytes().split(|b| *b == b';').next()?).ok()?);
        take(COOKIES, &headers).map(|(typed, _)| typed)
    }

    #[test]
    fn what_was_typed_comes_back_and_no_secret_with_it() {
        let body =
            "email=a%2Bb%40example.org&password=secret&token=secret&display_name=J%C3%BCrgen+%26+%3B%22&remember=false";
        assert!(!keep(COOKIES, &of(body.as_bytes())).to_str().unwrap().contains("secret"));
        let typed = back(body.as_bytes()).unwrap();
        assert_eq!(typed.get("email"), Some("a+b@example.org"));
        assert_eq!(typed.get("display_name"), Some("Jürgen & ;\""));
        assert_eq!(typed.get("remember"), Some("false"));
        assert_eq!(typed.iter().count(), 3);
    }

    #[test]
    fn what_is_too_long_stays_away_alone() {
        let body = format!("email={}&display_name=Ann", "a".repeat(2_000));
        let typed = back(body.as_bytes()).unwrap();
        assert_eq!((typed.get("email"), typed.get("display_name")), (None, Some("Ann")));
    }

    #[test]
    fn what_somebody_else_wrote_is_nothing() {
        for bad in ["__Host-typed-two=password=a", "__Host-typed-two=email=%ff", "__Host-typed-two=email=a%00"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(bad));
            let (typed, forgotten) = take(COOKIES, &headers).unwrap();
            assert_eq!(typed, Typed::default(), "{bad}");
            assert!(forgotten.to_str().unwrap().contains("Max-Age=0"));
        }
        for none in ["__Host-typed=email=a", "__Host-typed-two=email=a; __Host-typed-two=email=b"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(none));
            assert!(take(COOKIES, &headers).is_none(), "{none}");
        }
    }
}
