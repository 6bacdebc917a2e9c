//! One shape for every failure, whichever layer it comes from. Runs in: the server.

use std::any::Any;

use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::router::REQUEST_TIMEOUT;
use crate::shared::{Error, FieldError};

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(&self)).into_response();
        let wait = match &self {
            Error::TooManyAttempts { retry_after } | Error::Busy { retry_after } => Some(*retry_after),
            _ => None,
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if matches!(
            self,
            Error::TokenMissing
                | Error::TokenInvalid
                | Error::TokenExpired
                | Error::TokenStale
                | Error::SessionEnded(_)
        ) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, INVALID_TOKEN);
        }
        response
    }
}

/// RFC 6750 §3.
pub const INVALID_TOKEN: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");

pub async fn not_found() -> Error {
    Error::NotFound
}

pub async fn method_not_allowed() -> Error {
    Error::MethodNotAllowed
}

/// Exactly one `Host`, as RFC 9112 §3.2 demands; HTTP/2 names it in the request line.
pub async fn one_host(request: Request, next: Next) -> Response {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let wrong = match hosts {
        1 => return next.run(request).await,
        0 if request.uri().authority().is_some() => return next.run(request).await,
        0 => FieldError::Required,
        _ => FieldError::Duplicate,
    };
    (StatusCode::BAD_REQUEST, Json(Error::field("host", wrong))).into_response()
}

/// A request that takes longer than [`REQUEST_TIMEOUT`] is given up.
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

/// Failures that come without a body, or in the framework's words, get ours; every reply says its character set (R42).
pub async fn complete(request: Request, next: Next) -> Response {
    let wants_page = !request.uri().path().starts_with("/api") && request.method() == axum::http::Method::GET;
    let response = next.run(request).await;
    let status = response.status();
    let content_type =
        response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_ours = content_type.starts_with("application/json") || (wants_page && content_type.starts_with("text/html"));
    let mut response = match of_status(status) {
        Some(error) if !is_ours => error.into_response(),
        _ => response,
    };
    let value = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if value == Some(b"application/json") {
        response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    }
    response
}

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

fn of_status(status: StatusCode) -> Option<Error> {
    match status {
        StatusCode::NOT_FOUND => Some(Error::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Error::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG => Some(Error::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Error::UnsupportedMediaType),
        status if status.is_client_error() => Some(Error::InvalidInput { fields: Default::default() }),
        status if status.is_server_error() => Some(Error::busy()),
        _ => None,
    }
}
