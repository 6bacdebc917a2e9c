//! What browsers are told never to do with our answers (R36–R38). Runs in: the server.

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, Limited};

use super::{
    policy::{FIXED, NOTHING},
    state::AppState,
};
use crate::server::{config::is_this_machine, telemetry};
use tabkey_core::Error;

/// Puts the fixed headers on every reply; pages bring their own content security policy with its nonce.
pub async fn secure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let may_hold_token = may_hold_token(request.uri());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in &state.policy.replies {
        headers.insert(name, value.clone());
    }
    if may_hold_token {
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING));
    let public_url = &state.auth.config.server.public_url;
    // Browsers hold it against every port of a host: on this machine other sites under development live beside this one.
    if public_url.starts_with("https://") && !is_this_machine(public_url) {
        // Other hosts below this one may still need plain http: they are the operator's to decide about.
        let and_below = state.auth.config.server.hsts_include_subdomains;
        let value = if and_below { "max-age=63072000; includeSubDomains" } else { "max-age=63072000" };
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(value));
    }
    response
}

/// Whether the client has what carries this tag (RFC 9110 §13.1.2, compared weakly: who compresses on the way makes it weak).
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.trim().trim_start_matches("W/")
    }
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}

/// Whether whoever asks wants a page; any bytes may stand beside it.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|line| names_html(line.as_bytes()))
}

pub fn names_html(bytes: &[u8]) -> bool {
    const HTML: &[u8] = b"text/html";
    bytes.windows(HTML.len()).any(|part| part == HTML)
}

/// The pages that links in mails lead to: what they load must not hear of the token in their address (R29).
const LINK_PAGES: [&str; 5] = ["/reset-password", "/verify-email", "/confirm-email", "/undo-email", "/not-me"];

/// A link page and what is under it, however it is spelt; and any page that is given a token, whatever an adopter calls it.
fn may_hold_token(uri: &Uri) -> bool {
    let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy().to_ascii_lowercase();
    let is_link_page = LINK_PAGES
        .iter()
        .any(|page| path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    is_link_page || uri.query().is_some_and(|query| query.contains("token"))
}

/// What `HEAD` answers where `GET` would answer this.
pub fn without_body(mut response: Response) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
    *response.body_mut() = Body::empty();
    response
}

/// Files with a hash in their name never change; everything else a person sees is theirs alone.
pub async fn caching(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let is_known = response.status() == StatusCode::NOT_MODIFIED;
    let is_kept = is_known || (response.status().is_success() && !is_page(response.headers()));
    let headers = response.headers_mut();
    let value = if !is_kept {
        "no-store"
    } else if path.starts_with("/pkg/") && has_hash(&path) {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    response
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_none_or(|value| value.as_bytes().starts_with(b"text/html"))
}

/// `/pkg/tabkey.KD6…Q.wasm`: a part of at least 16 characters between two dots.
fn has_hash(path: &str) -> bool {
    path.split('.').skip(1).any(|part| part.len() >= 16)
}

/// Takes a browser's report of a broken policy: logged in short, at most 8 KiB read, never echoed. Anybody may send one, so
/// there are only so many. Errors: 429.
pub async fn report(body: Body) -> Response {
    if !telemetry::admits("csp_report") {
        return Error::TooManyAttempts { retry_after: 1 }.into_response();
    }
    if let Ok(body) = Limited::new(body, 8 * 1024).collect().await {
        let report: Option<serde_json::Value> = serde_json::from_slice(&body.to_bytes()).ok();
        let directive = report.as_ref().and_then(|report| report["csp-report"]["effective-directive"].as_str());
        let is_name = |text: &&str| text.len() < 64 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        tracing::warn!(
            directive = directive.filter(is_name),
            "a browser reported a breach of the content security policy"
        );
    }
    StatusCode::NO_CONTENT.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r29_what_a_page_with_a_token_loads_hears_nothing_of_it() {
        for (address, expected) in [
            ("/reset-password?token=abc", true),
            ("/reset-password", true),
            ("/reset%2Dpassword", true),
            ("/not-me/", true),
            ("/verify-email/under/it?a=b", true),
            ("/mine/new-password?token=abc", true),
            ("/mine?reset_token=abc", true),
            ("/reset-passwords", false),
            ("/devices?next=/a", false),
            ("/", false),
        ] {
            assert_eq!(may_hold_token(&address.parse().unwrap()), expected, "{address}");
        }
    }
}
