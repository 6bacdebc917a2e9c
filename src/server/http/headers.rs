//! What browsers are told never to do with our answers (R36–R38). Runs in: the server.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use http_body_util::{BodyExt, Limited};

use super::router::AppState;

/// For everything that is no page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const FIXED: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()",
    ),
];

/// Puts the fixed headers on every reply; pages bring their own content security policy with its nonce.
pub async fn secure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING));
    if state.auth.config.server.public_url.starts_with("https://") {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    response
}

/// A page's policy: only scripts that carry this render's nonce, and what they load; only our own styles and calls. A
/// script that got in could therefore send nothing to another site. `reload` is the development server's socket.
pub fn page_policy(nonce: &str, reload: Option<&str>) -> HeaderValue {
    let reload = reload.map(|socket| format!(" {socket}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; \
         frame-ancestors 'none'; worker-src 'none'; report-uri /csp-report"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(NOTHING))
}

/// Files with a hash in their name never change; everything else a person sees is theirs alone.
pub async fn caching(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let ok = response.status().is_success();
    let headers = response.headers_mut();
    let value = if is_page(headers) || !ok {
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

/// Takes a browser's report of a broken policy: logged in short, at most 8 KiB read, never echoed.
pub async fn report(body: Body) -> StatusCode {
    if let Ok(body) = Limited::new(body, 8 * 1024).collect().await {
        let report: Option<serde_json::Value> = serde_json::from_slice(&body.to_bytes()).ok();
        let directive = report.as_ref().and_then(|report| report["csp-report"]["effective-directive"].as_str());
        tracing::warn!(
            directive = directive.filter(|text| text.len() < 64),
            "a browser reported a breach of the content security policy"
        );
    }
    StatusCode::NO_CONTENT
}
