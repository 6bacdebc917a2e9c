//! Where another site's link leads here, the browser keeps a SameSite=Strict cookie back (RFC 6265bis §5.6.7.1): it is asked to
//! come once more, from here. Runs in: the server.

use axum::{
    http::{Method, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::policy::NOTHING;

/// Whether a link, or a form, of another site leads a person here (Fetch Metadata).
pub fn is_led_here(parts: &Parts) -> bool {
    let navigates = parts.headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    parts.method == Method::GET && navigates && says(parts, "sec-fetch-site", "cross-site")
}

pub fn says(parts: &Parts, header: &str, value: &str) -> bool {
    parts.headers.get(header).is_some_and(|said| said == value)
}

/// Starts the same navigation from here: the browser then brings all its cookies, and the first page that is seen is right. It
/// takes the place of this one, so that Back leads back to where the link was. Where the address names a part of the page, a
/// refresh would only scroll to it: the script loads the page anew, and without scripts that part is left out.
pub fn once_more(to: &str) -> Response {
    let to: String = to.chars().flat_map(escaped).collect();
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>One moment</title><script>{AGAIN}</script><noscript><meta http-equiv=\"refresh\" content=\"0;url={to}\">\
         </noscript></head></html>"
    );
    let policy = format!("{NOTHING}; script-src 'sha256-{}'", STANDARD.encode(Sha256::digest(AGAIN)));
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "Cookie, Sec-Fetch-Site"),
        (header::CONTENT_SECURITY_POLICY, &policy),
    ];
    (headers, page).into_response()
}

/// A browser may take a reload for the other site's doing still: it is tried once.
const AGAIN: &str = "const [loaded] = performance.getEntriesByType('navigation'); \
                     if (location.hash && loaded && loaded.type !== 'reload') location.reload(); \
                     else location.replace(location.pathname + location.search)";

/// For an attribute between double quotes.
fn escaped(c: char) -> Vec<char> {
    match c {
        '"' => "&quot;".chars().collect(),
        '&' => "&amp;".chars().collect(),
        '<' => "&lt;".chars().collect(),
        c => vec![c],
    }
}
