//! A refusal as a response: the body, and the headers by which the interceptor in the tab knows it. Runs in: the server.

use axum_core::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{ENDED_HEADER, Error, REFUSED_HEADER};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// RFC 6750 §3.
const INVALID_TOKEN: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status(), [(header::CONTENT_TYPE, JSON)], body).into_response();
        self.tell(response.headers_mut());
        response.extensions_mut().insert(self);
        response
    }
}

impl Error {
    /// Puts on a reply what goes with this refusal, whatever its body.
    pub fn tell(&self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static(REFUSED_HEADER), HeaderValue::from_static(self.code()));
        if let Some(ended) = self.ended_header().and_then(|ended| HeaderValue::try_from(ended).ok()) {
            headers.insert(HeaderName::from_static(ENDED_HEADER), ended);
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.is_of_token() {
            headers.insert(header::WWW_AUTHENTICATE, INVALID_TOKEN);
        }
    }
}
