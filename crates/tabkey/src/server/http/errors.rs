//! One shape for every failure, whichever layer it comes from. Runs in: the server.

use std::{any::Any, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{guard::Refused, headers};
use tabkey_core::{Error, REFUSED_HEADER};

/// Puts on a reply what goes with a refusal, whatever its body: the interceptor in the tab knows it by these headers, the log by
/// the extension.
pub fn tell(response: &mut Response, error: Error) {
    error.tell(response.headers_mut());
    response.extensions_mut().insert(error);
}

/// Refusals of the extractors in an application's own routes are told in headers, whatever a handler makes of them.
pub async fn told(mut request: Request, next: Next) -> Response {
    let refused = Refused::default();
    request.extensions_mut().insert(refused.clone());
    let mut response = next.run(request).await;
    if response.status().is_client_error()
        && !response.headers().contains_key(REFUSED_HEADER)
        && let Some(error) = refused.take()
    {
        tell(&mut response, error);
    }
    response
}

pub async fn not_found() -> Error {
    Error::NotFound
}

pub async fn method_not_allowed() -> Error {
    Error::MethodNotAllowed
}

/// How long one request may take, body and all.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A request that takes longer than `REQUEST_TIMEOUT` is given up.
pub async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Error::busy().into_response(),
    }
}

/// A panic is a bug: it is logged, and the caller hears no more than that it may try again.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let what = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(what = what.unwrap_or("unknown"), "a handler panicked");
    Error::busy().into_response()
}

/// Failures that come without a body, or in the framework's words, get ours: a page for who asked for one, JSON for all
/// others. Every reply says its character set (R42).
pub async fn complete(request: Request, next: Next) -> Response {
    let wants_page = matches!(*request.method(), Method::GET | Method::HEAD)
        && !request.uri().path().starts_with("/api")
        && !["/healthz", "/readyz", "/metrics"].contains(&request.uri().path())
        && headers::wants_page(request.headers());
    let response = next.run(request).await;
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    let (is_page, is_json) = (content_type.starts_with("text/html"), content_type.starts_with("application/json"));
    let mut response = match of_status(response.status()) {
        Some(error) if wants_page && !is_page && response.status().is_server_error() => page(error),
        // Where a guard of ours has refused, the words are those of whoever wrote the call.
        Some(error) if !is_page && !is_json && !response.headers().contains_key(REFUSED_HEADER) => {
            error.into_response()
        }
        _ => response,
    };
    let value = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if value == Some(b"application/json") {
        response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    } else if value.is_none() && response.status().is_client_error() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    response
}

/// The same failure for a person to read; it needs no script and no database.
fn page(error: Error) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";
    let mut response = error.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(include_str!("error_page.html"));
    response
}

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

fn of_status(status: StatusCode) -> Option<Error> {
    match status {
        StatusCode::NOT_FOUND => Some(Error::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Error::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG => Some(Error::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Error::UnsupportedMediaType),
        // What the framework's extractors say of what they cannot read. Any other refusal is a hand-written route's own.
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::LENGTH_REQUIRED => {
            Some(Error::InvalidInput { fields: Default::default() })
        }
        status if status.is_server_error() => Some(Error::busy()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware::from_fn, routing::get};
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_refusal_of_a_hand_written_route_is_its_own_and_says_its_type() {
        let refuse = || async { (StatusCode::CONFLICT, [(header::ETAG, "\"1\"")]) };
        let app = Router::new().route("/", get(refuse)).layer(from_fn(complete));

        let request = Request::builder().uri("/").body(axum::body::Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();

        assert_eq!(
            (response.status(), response.headers()[header::ETAG].as_bytes()),
            (StatusCode::CONFLICT, &b"\"1\""[..])
        );
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    }

    async fn ask(accept: &str) -> (StatusCode, String, String) {
        let app = Router::new()
            .route("/", get(|| async { panic!("a secret detail") as &'static str }))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn(complete));
        let request = Request::get("/").header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        let content_type = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 16_384).await.unwrap();
        (status, content_type, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn r46_a_panic_is_a_page_for_a_person_and_json_for_a_program() {
        let (status, content_type, body) = ask("text/html,*/*").await;
        assert_eq!((status, content_type.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "text/html; charset=utf-8"));
        assert!(body.contains("could not be shown") && !body.contains("secret"));

        let (status, content_type, body) = ask("*/*").await;
        assert_eq!(
            (status, content_type.as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "application/json; charset=utf-8")
        );
        assert_eq!(body, r#"{"code":"busy","retry_after":1}"#);
    }
}
