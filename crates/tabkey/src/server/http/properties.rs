//! Whatever comes in from strangers: nothing panics, and what must hold holds for every input. Runs in: tests.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{cookies::Cookies, form, fuzzing};
use crate::server::{
    auth::refresh_token,
    keys::{Period, RefreshKey},
};
use tabkey_verifier::trust::{Expected, bearer, check};

/// Bytes that a header may hold, the significant ones often.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let significant = prop::sample::select(b"=;, \t%\"\\.:[]_-HhOo".to_vec());
    vec(prop_oneof![significant, 32_u8..127, 128_u8..=255], 0..200)
}

fn headers(name: &'static str, lines: Vec<Vec<u8>>) -> HeaderMap {
    let values = lines.into_iter().filter_map(|line| HeaderValue::from_bytes(&line).ok());
    values.map(|value| (HeaderName::from_static(name), value)).collect()
}

proptest! {
    #[test]
    fn a_cookie_is_ours_by_its_whole_name_alone(mut lines in vec(line(), 0..4), value in "[A-Za-z0-9_-]{1,80}") {
        let cookies = Cookies { insecure: false, suffix: "" };
        lines.retain(|line| !line.windows(19).any(|part| part.eq_ignore_ascii_case(b"__Host-Http-refresh")));
        prop_assert!(cookies.refresh_token(&headers("cookie", lines.clone())).is_none());

        // However the others look, ours is found: unless it came twice.
        lines.push(format!("__Host-Http-refresh={value}").into());
        let found = cookies.refresh_token(&headers("cookie", lines.clone()));
        prop_assert_eq!(found.map(|secret| secret.0.clone()), Some(value.clone()));
        lines.push(format!("x=y; __Host-Http-refresh={value}").into());
        prop_assert!(cookies.refresh_token(&headers("cookie", lines)).is_none());
    }

    #[test]
    fn no_refresh_token_is_believed_but_one_that_was_derived(text in ".{0,120}", session: u128, generation: u32, bit in 0_usize..432) {
        let period = Period { active_from: 0, retired_at: None };
        let key = RefreshKey { id: 1, secret: Zeroizing::new([7; 32]), period };
        let session = Uuid::from_u128(session);
        let token = refresh_token::derive(&key, session, generation).0.clone();

        prop_assert!(refresh_token::parse(&text, |_| Some(&key)).is_err());
        let read = refresh_token::parse(&token, |_| Some(&key)).expect("it was derived");
        prop_assert_eq!((read.session, read.generation), (session, generation));
        let mut letters = token.clone().into_bytes();
        letters[bit / 6] = if letters[bit / 6] == b'A' { b'B' } else { b'A' };
        prop_assert!(refresh_token::parse(&String::from_utf8_lossy(&letters), |_| Some(&key)).is_err());
    }

    #[test]
    fn no_text_is_an_access_token(text in ".{0,300}", parts in vec("[A-Za-z0-9_-]{0,80}", 0..5)) {
        let key = jsonwebtoken::DecodingKey::from_ed_der(&[1; 32]);
        let expected = Expected { issuer: "https://app.example.org".into(), audience: "tabkey".into() };
        prop_assert!(check(&text, &expected, |_| Some(&key)).is_err());
        prop_assert!(check(&parts.join("."), &expected, |_| Some(&key)).is_err());
    }

    #[test]
    fn a_bearer_is_one_word_of_the_header(lines in vec(line(), 0..3)) {
        let headers = headers("authorization", lines);
        if let Ok(token) = bearer(&headers) {
            prop_assert!(!token.is_empty() && headers.len() == 1);
        }
    }

    #[test]
    fn a_form_holds_what_was_expected_once_or_is_refused(body in vec(any::<u8>(), 0..300), value in "[a-z0-9]{0,20}") {
        let allowed = ["email", "password"];
        if form::check(&body, form::Fields::These(&allowed)).is_ok() {
            let count = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).count();
            prop_assert!(count <= allowed.len());
        }
        let once = format!("email={value}");
        prop_assert!(form::check(once.as_bytes(), form::Fields::These(&allowed)).is_ok());
        prop_assert_eq!(form::value(once.as_bytes(), "email"), Some(value));
        let twice = format!("{once}&{once}");
        prop_assert!(form::check(twice.as_bytes(), form::Fields::These(&allowed)).is_err());
    }

    #[test]
    fn a_local_path_leads_nowhere_else(path in "[/\\\\a-z@:.?#%\\t\\n 0-9]{0,60}", text in ".{0,60}") {
        fuzzing::local_path(path.as_bytes());
        fuzzing::local_path(text.as_bytes());
    }

    #[test]
    fn whom_nobody_trusts_is_who_they_are_whatever_they_write(lines in vec(line(), 0..4)) {
        fuzzing::client_address(&lines.join(&b'\n'));
    }
}
