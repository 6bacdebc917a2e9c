//! `GET /api/revocations`: what other services are told while they listen (server-sent events, HTML §9.2). Runs in: the
//! server.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use futures::stream;
use serde_json::json;

use super::{
    events::{headers, message},
    state::AppState,
    visitor::bearer,
};
use crate::server::auth::service_stream::{self, Said, Subscription};
use tabkey_core::Error;

/// Opens a stream for a service's token: all that is live, `ready`, and then each ending and change as it happens. Errors:
/// 401 `token_missing`, `token_invalid`; 429 where the service has too many open here; 503 while this node does not trust its
/// own feed.
pub async fn listen(State(state): State<AppState>, request: HeaderMap) -> Response {
    match open(&state, &request) {
        Ok(subscription) => (headers(), body(subscription)).into_response(),
        Err(error) => error.into_response(),
    }
}

fn open(state: &AppState, request: &HeaderMap) -> Result<Subscription, Error> {
    let service = state.auth.services.admit(&bearer(request)?)?;
    let subscription = service_stream::listen(&state.auth, service)?;
    tracing::info!(service = service.name(), "a service listens");
    Ok(subscription)
}

fn body(subscription: Subscription) -> Body {
    Body::from_stream(stream::unfold(subscription, async |mut subscription| {
        let said = subscription.next().await?;
        Some((Ok::<_, Infallible>(write(&said)), subscription))
    }))
}

fn write(said: &Said) -> Bytes {
    match said {
        Said::Beat => Bytes::from_static(b": beat\n\n"),
        Said::Ready => message("ready", &json!({})),
        Said::Revocation(notice) => message("revocation", &json!(notice)),
    }
}
