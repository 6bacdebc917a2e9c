//! Logs and counters: who asked for what and how it went, never with what secret. Runs in: the server.

use std::{io::IsTerminal, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::Instrument;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};
use uuid::Uuid;

use super::{
    auth::StartError,
    http::{AppState, errors::Refusal},
};

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

/// The process's counters. Errors: a second recorder in one process.
pub fn metrics() -> Result<PrometheusHandle, StartError> {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|error| StartError(format!("the metrics cannot be recorded ({error})")))?;
    Ok(handle)
}

/// One line a request: path without query, status, time, client; and the request's id in the reply.
pub async fn traced(State(_): State<AppState>, request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    let method = request.method().clone();
    let path: String = request.uri().path().chars().filter(|c| !c.is_control()).take(200).collect();
    let route = request.extensions().get::<MatchedPath>().map_or("other", |matched| matched.as_str()).to_owned();
    let span = tracing::info_span!("request", %id, %method, path);
    let began = Instant::now();
    let mut response = async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let milliseconds = began.elapsed().as_secs_f64() * 1_000.0;
        if status >= 500 {
            tracing::warn!(status, milliseconds, "answered");
        } else if let Some(Refusal(why)) = response.extensions().get() {
            tracing::info!(status, milliseconds, why, "refused");
        } else {
            tracing::debug!(status, milliseconds, "answered");
        }
        metrics::counter!("tabkey_http_requests_total", "route" => route, "status" => status.to_string()).increment(1);
        metrics::histogram!("tabkey_http_request_seconds").record(began.elapsed().as_secs_f64());
        response
    }
    .instrument(span)
    .await;
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
