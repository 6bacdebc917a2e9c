//! Logs and counters: who asked for what and how it went, never with what secret. Runs in: the server.

mod lines;
mod metrics;

use std::{io::IsTerminal, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};
use uuid::Uuid;

pub use self::{
    lines::{admits, sum_up},
    metrics::{recorder, upkeep},
};
use tabkey_core::{Error, FieldError};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Text for people, or one JSON object a line; `RUST_LOG` filters. A second call changes nothing.
pub fn init(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,tabkey=info,sqlx=warn"));
    let registry = tracing_subscriber::registry().with(filter);
    let _ = if json {
        registry.with(fmt::layer().json().with_current_span(true).with_span_list(false)).try_init()
    } else {
        registry.with(fmt::layer().with_target(false).with_ansi(std::io::stdout().is_terminal())).try_init()
    };
}

/// One line a request: path without query, status, time; and the request's id in the reply. Of what strangers can cause at
/// will, only so many lines are written.
pub async fn traced(request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    let method = known(request.method());
    let path: String = request.uri().path().chars().filter(|c| !c.is_control()).take(200).collect();
    let route = request.extensions().get::<MatchedPath>().map_or("other", |matched| matched.as_str()).to_owned();
    let span = tracing::info_span!("request", %id, method, path);
    let began = Instant::now();
    let mut response = async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let milliseconds = began.elapsed().as_secs_f64() * 1_000.0;
        match response.extensions().get::<Error>() {
            _ if status >= 500 => {
                if admits("failed") {
                    tracing::warn!(status, milliseconds, "answered");
                }
            }
            Some(error) => {
                if admits(error.code()) {
                    tracing::info!(status, milliseconds, why = why(error), "refused");
                }
            }
            None => tracing::debug!(status, milliseconds, "answered"),
        }
        ::metrics::counter!("tabkey_http_requests_total", "route" => route, "status" => status.to_string())
            .increment(1);
        ::metrics::histogram!(metrics::REQUEST_SECONDS).record(began.elapsed().as_secs_f64());
        response
    }
    .instrument(span)
    .await;
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Why a request was refused: our words only, nothing of what was sent.
fn why(error: &Error) -> String {
    let mut why = error.code().to_owned();
    if let Error::InvalidInput { fields } = error {
        for (name, wrong) in fields {
            // A field that we don't know has a name that a stranger chose.
            let name = if *wrong == FieldError::Unknown { "?" } else { name };
            why += &format!(" {name}={wrong:?}");
        }
    }
    why
}

/// A method may be any word of any length: those that we know.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_names_what_was_wrong_and_repeats_nothing() {
        let fields = [("email".to_owned(), FieldError::Malformed), ("evil".to_owned(), FieldError::Unknown)];

        let why = why(&Error::InvalidInput { fields: fields.into() });

        assert_eq!(why, "invalid_input email=Malformed ?=Unknown");
    }
}
