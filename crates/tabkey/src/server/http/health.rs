//! What operators and other services ask of a node. Runs in: the server.

use std::time::Instant;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{headers::is_known, state::AppState};
use crate::server::auth::KeyHealth;
use tabkey_verifier::trust::Gap;

/// The process answers.
pub async fn alive() -> impl IntoResponse {
    no_store(Json(json!({"status": "ok"})).into_response())
}

/// 200 when a sign-in and a refresh would work, 503 with the part that would not. A node whose feed is silent works, and
/// asks the database at every request; one that cannot open a new key works with those it has. A node that is about to stop
/// works, and says that it is not to be asked any more.
pub async fn ready(State(state): State<AppState>) -> Response {
    let health = state.readiness.health(&state.auth).await;
    let is_stopping = state.readiness.is_stopping();
    let word = |works: bool, otherwise: &'static str| if works { "ok" } else { otherwise };
    let body = json!({
        "database": word(health.database, "unreachable"),
        "feed": mode(health.gap),
        "keys": match health.keys {
            KeyHealth::Fine => "ok",
            KeyHealth::Unreadable => "unreadable",
            KeyHealth::Missing => "missing",
        },
        "writer": if is_stopping { "stopping" } else { word(health.writer, "failing") },
    });
    let works = !is_stopping && health.database && health.writer && health.keys != KeyHealth::Missing;
    let status = if works { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    no_store((status, Json(body)).into_response())
}

/// How a node knows what has ended: by its feed, or, where that cannot be trusted, by asking the database at every request.
const MODES: [&str; 3] = ["ok", "silent", "full"];

fn mode(gap: Option<Gap>) -> &'static str {
    match gap {
        None => "ok",
        Some(Gap::Silent) => "silent",
        Some(Gap::Full) => "full",
    }
}

/// Prometheus text: what was counted, and how the node stands now.
pub async fn metrics(State(state): State<AppState>) -> Response {
    let auth = &state.auth;
    let present = mode(auth.revocations.gap(Instant::now()));
    for mode in MODES {
        metrics::gauge!("tabkey_feed_mode", "mode" => mode).set(if mode == present { 1.0 } else { 0.0 });
    }
    set("tabkey_revocations_known", auth.revocations.count());
    set("tabkey_event_streams", auth.events.count());
    set("tabkey_service_streams", auth.services.count());
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    no_store((headers, state.metrics.render()).into_response())
}

/// The public keys (RFC 7517), for any service and any site. Whoever keeps them as long as it says has each before it signs.
pub async fn jwks(State(state): State<AppState>, request: HeaderMap) -> Response {
    let body = state.auth.keys.present().jwks().to_string();
    let max_age = state.auth.config.tokens.jwks_max_age();
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&body)));
    let headers = [
        (header::CONTENT_TYPE, "application/jwk-set+json; charset=utf-8".to_owned()),
        (header::CACHE_CONTROL, format!("public, max-age={max_age}")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (header::ETAG, etag.clone()),
    ];
    if is_known(&request, &etag) {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, body).into_response()
    }
}

fn set(gauge: &'static str, count: usize) {
    metrics::gauge!(gauge).set(u32::try_from(count).unwrap_or(u32::MAX));
}

fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
