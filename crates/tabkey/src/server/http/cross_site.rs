//! Whether a request was made by our own pages (Fetch Metadata; OWASP CSRF Cheat Sheet). Runs in: the server.

use axum::http::{HeaderMap, HeaderName, Method, header};

use crate::server::config::is_this_machine;
use tabkey_core::Error;

/// A POST must say `Sec-Fetch-Site: same-origin`, or, from a browser that does not send it, an `Origin` equal to ours.
/// With neither header it was no browser, and there is no cookie of somebody else's to misuse. Errors: 403 `cross_site`.
pub fn check(method: &Method, headers: &HeaderMap, public_url: &str) -> Result<(), Error> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let ours = match (only(headers, SEC_FETCH_SITE), only(headers, header::ORIGIN)) {
        (None, None) => true,
        (Some(site), _) => site == Some("same-origin"),
        (None, Some(origin)) => origin.is_some_and(|origin| is_ours(origin, headers, public_url)),
    };
    if ours { Ok(()) } else { Err(Error::CrossSite) }
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The header's one value; `Some(None)` where it came twice or is no text, as no browser sends it.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<Option<&str>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    Some(first.to_str().ok().filter(|_| values.next().is_none()))
}

/// Scheme, host and port as configured; or this very machine under whichever of its names the browser used.
fn is_ours(origin: &str, headers: &HeaderMap, public_url: &str) -> bool {
    let is_asked = || {
        let host = only(headers, header::HOST).flatten();
        host.is_some_and(|host| origin.strip_prefix("http://") == Some(host))
    };
    origin == public_url || (is_this_machine(origin) && is_asked())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_at(host: &str, method: Method, pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        check(&method, &headers, "https://app.example.org").is_ok()
    }

    fn verdict(pairs: &[(&'static str, &str)]) -> bool {
        verdict_at("127.0.0.1:3000", Method::POST, pairs)
    }

    #[test]
    fn only_our_own_pages_may_post() {
        let (site, origin) = ("sec-fetch-site", "origin");
        for (pairs, expected) in [
            (&[(site, "same-origin")][..], true),
            (&[(site, "same-site"), (origin, "https://app.example.org")], false),
            (&[(site, "cross-site")], false),
            (&[(site, "none")], false),
            (&[(site, "same-origin"), (site, "cross-site")], false),
            (&[(origin, "https://app.example.org")], true),
            (&[(origin, "https://app.example.org"), (origin, "https://evil.example")], false),
            (&[(origin, "http://127.0.0.1:3000")], true),
            (&[(origin, "http://localhost:3000")], false),
            (&[(origin, "https://evil.example")], false),
            (&[(origin, "null")], false),
            (&[], true),
        ] {
            assert_eq!(verdict(pairs), expected, "{pairs:?}");
        }
        assert!(verdict_at("a", Method::GET, &[(site, "cross-site"), (origin, "https://evil.example")]));
    }

    #[test]
    fn r34_an_origin_is_ours_with_scheme_host_and_port() {
        for (host, origin, expected) in [
            ("app.example.org", "https://app.example.org", true),
            ("10.0.0.7:3000", "https://app.example.org", true),
            ("app.example.org", "http://app.example.org", false),
            ("app.example.org", "https://app.example.org:8443", false),
            ("app.example.org:8443", "https://app.example.org:8443", false),
            ("app.example.org", "https://app.example.org.evil.example", false),
            ("evil.example", "http://evil.example", false),
            ("192.168.1.5:3000", "http://192.168.1.5:3000", false),
            ("localhost:3000", "http://localhost:3000", true),
            ("[::1]:3000", "http://[::1]:3000", true),
            ("localhost:3000", "https://localhost:3000", false),
            ("localhost:3000", "http://localhost:8080", false),
            ("localhost:3000", "http://localhost", false),
            ("127.0.0.1:3000", "http://localhost:3000", false),
            ("localhost.evil.example", "http://localhost.evil.example", false),
            ("127.0.0.1.evil.example:80", "http://127.0.0.1.evil.example:80", false),
        ] {
            let verdict = verdict_at(host, Method::POST, &[("origin", origin)]);
            assert_eq!(verdict, expected, "{origin} at {host}");
        }
    }
}
