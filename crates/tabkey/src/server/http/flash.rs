//! What a form without the WASM hands to the next page goes in a cookie for a minute: an address is written into histories and
//! logs, and anybody can forge one. Runs in: the server.

use axum::http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    cookies::Cookies,
    form::{self, Fields},
};
use tabkey_core::{Flash, Outcome};

/// Seconds from the form to the page that follows.
const LIFE: u64 = 60;
/// Bytes of a value, as it travels: an address or a name has fewer.
const LONGEST: usize = 1_000;
/// What was done, beside [`Flash::FIELDS`].
const DONE: &str = "done";

/// What was typed into a form.
pub fn typed(body: &[u8]) -> Flash {
    Flash::typed(|name| form::value(body, name))
}

/// What a call has done that the page after it is to tell; a sign-in shows by itself.
pub fn outcome(call: &str) -> Option<Flash> {
    let outcome = match call {
        "/api/forgot_password" => Outcome::MailSent,
        "/api/reset_password" => Outcome::PasswordSet,
        "/api/verify_email" => Outcome::EmailConfirmed,
        "/api/change_email/confirm" => Outcome::EmailChanged,
        "/api/change_email/undo" | "/api/not_me" => Outcome::Regained,
        _ => return None,
    };
    Some(Flash::done(outcome))
}

/// The `Set-Cookie` that brings it to the next page; `None` where there is nothing to bring.
pub fn keep(cookies: Cookies, flash: &Flash) -> Option<HeaderValue> {
    let done = flash.outcome.map(|outcome| (DONE, outcome.as_str().to_owned()));
    let typed = flash.iter().map(|(name, value)| (name, utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()));
    let pairs = done.into_iter().chain(typed).filter(|(_, value)| value.len() <= LONGEST);
    let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    (!pairs.is_empty()).then(|| cookies.of_flash(&pairs.join("&"), LIFE))
}

/// What came, nothing of it where it is not as it was written, and the `Set-Cookie` that forgets it.
pub fn take(cookies: Cookies, headers: &HeaderMap) -> Option<(Flash, HeaderValue)> {
    let value = cookies.flash(headers)?;
    let fields = [&[DONE], &Flash::FIELDS[..]].concat();
    let flash = match form::check(value, Fields::These(&fields)) {
        Ok(()) => typed(value).and(form::value(value, DONE).and_then(|done| Outcome::parse(&done))),
        Err(_) => Flash::default(),
    };
    Some((flash, cookies.of_flash("", 0)))
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    const COOKIES: Cookies = Cookies { insecure: false, suffix: "-two" };

    fn back(flash: &Flash) -> Option<Flash> {
        let cookie = keep(COOKIES, flash)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_bytes(cookie.as_bytes().split(|b| *b == b';').next()?).ok()?);
        take(COOKIES, &headers).map(|(flash, _)| flash)
    }

    #[test]
    fn what_was_typed_comes_back_and_no_secret_with_it() {
        let body = b"email=a%2Bb%40example.org&password=secret&token=secret&display_name=J%C3%BCrgen+%26+%3B%22&remember=false";
        assert!(!keep(COOKIES, &typed(body)).unwrap().to_str().unwrap().contains("secret"));
        let flash = back(&typed(body)).unwrap();
        assert_eq!(flash.get("email"), Some("a+b@example.org"));
        assert_eq!(flash.get("display_name"), Some("Jürgen & ;\""));
        assert_eq!(flash.get("remember"), Some("false"));
        assert_eq!((flash.iter().count(), flash.outcome), (3, None));
    }

    #[test]
    fn what_was_done_comes_back() {
        for outcome in Outcome::ALL {
            assert_eq!(back(&Flash::done(outcome)), Some(Flash::done(outcome)));
        }
    }

    #[test]
    fn what_is_too_long_stays_away_alone_and_nothing_makes_no_cookie() {
        let body = format!("email={}&display_name=Ann", "a".repeat(2_000));
        let flash = back(&typed(body.as_bytes())).unwrap();
        assert_eq!((flash.get("email"), flash.get("display_name")), (None, Some("Ann")));
        assert_eq!(back(&typed(b"email=&token=a")), None);
    }

    #[test]
    fn what_somebody_else_wrote_is_nothing() {
        for bad in ["password=a", "email=%ff", "email=a%00", "done=regained&done=regained"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::try_from(format!("__Host-flash-two={bad}")).unwrap());
            let (flash, forgotten) = take(COOKIES, &headers).unwrap();
            assert_eq!(flash, Flash::default(), "{bad}");
            assert!(forgotten.to_str().unwrap().contains("Max-Age=0"));
        }
        for none in ["__Host-flash=email=a", "__Host-flash-two=email=a; __Host-flash-two=email=b"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(none));
            assert!(take(COOKIES, &headers).is_none(), "{none}");
        }
    }
}
