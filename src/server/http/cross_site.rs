//! Whether a request was made by our own pages (Fetch Metadata; OWASP CSRF Cheat Sheet). Runs in: the server.

use axum::http::{HeaderMap, Method, header};

use crate::shared::Error;

/// A POST must say `Sec-Fetch-Site: same-origin`, or, from a browser that does not send it, an `Origin` equal to ours.
/// With neither header it was no browser, and there is no cookie of somebody else's to misuse. Errors: 403 `cross_site`.
pub fn check(method: &Method, headers: &HeaderMap, public_url: &str) -> Result<(), Error> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let ours = match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin.to_str().is_ok_and(|origin| is_ours(origin, headers, public_url)),
        (None, None) => true,
    };
    if ours { Ok(()) } else { Err(Error::CrossSite) }
}

/// The configured origin, or the very host that was asked for (localhost and 127.0.0.1 are both this machine).
fn is_ours(origin: &str, headers: &HeaderMap, public_url: &str) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    origin == public_url || origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(method: Method, site: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1:3000".parse().unwrap());
        if let Some(site) = site {
            headers.insert("sec-fetch-site", site.parse().unwrap());
        }
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        check(&method, &headers, "https://app.example.org").is_ok()
    }

    #[test]
    fn only_our_own_pages_may_post() {
        let rows = [
            (Some("same-origin"), None, true),
            (Some("same-site"), Some("https://app.example.org"), false),
            (Some("cross-site"), None, false),
            (Some("none"), None, false),
            (None, Some("https://app.example.org"), true),
            (None, Some("http://127.0.0.1:3000"), true),
            (None, Some("https://evil.example"), false),
            (None, Some("null"), false),
            (None, None, true),
        ];
        for (site, origin, expected) in rows {
            assert_eq!(verdict(Method::POST, site, origin), expected, "{site:?} {origin:?}");
        }
        assert!(verdict(Method::GET, Some("cross-site"), Some("https://evil.example")));
    }
}
