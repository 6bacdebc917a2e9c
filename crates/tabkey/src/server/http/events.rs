//! `GET /api/events`: what a browser is told while it listens (server-sent events, HTML §9.2). Runs in: the server.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde_json::json;

use super::{
    cross_site,
    state::AppState,
    visitor::{bearer, visitor},
};
use crate::server::auth::{
    self, By,
    events::Event,
    listen::{self, Said, Subscription},
};
use tabkey_core::Error;

/// A comment this often shows that the stream lives, and keeps proxies from closing it.
const QUIET: Duration = Duration::from_secs(15);

/// Opens a stream for a bearer token, until its session ends. Errors: 401 as any call, 403 `cross_site`, 503.
pub async fn listen(State(state): State<AppState>, request: Request) -> Response {
    match open(&state, request).await {
        Ok(subscription) => (headers(), body(subscription)).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn open(state: &AppState, request: Request) -> Result<Subscription, Error> {
    let (parts, _) = request.into_parts();
    // As strict as for a call that changes something (R52): a stream is worth more than one answer.
    cross_site::check(&Method::POST, &parts.headers, &state.auth.config.server.public_url)?;
    let mut visitor = visitor(&parts, &state.auth.config);
    visitor.by = By::Background;
    let me = auth::verify(&state.auth, &visitor, &bearer(&parts.headers)?.0).await?;
    listen::listen(&state.auth, &me).await
}

/// The last is for nginx, which would hold back what it has not got a whole buffer of.
pub(super) fn headers() -> [(HeaderName, HeaderValue); 2] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ]
}

fn body(subscription: Subscription) -> Body {
    // The first line goes out at once, so that the browser knows that it is heard.
    let hello = stream::iter([Ok(Bytes::from_static(b": listening\n\n"))]);
    let events = stream::unfold(subscription, async |mut subscription| {
        let said = subscription.next(QUIET).await?;
        Some((Ok::<_, Infallible>(write(&said)), subscription))
    });
    Body::from_stream(stream::StreamExt::chain(hello, events))
}

fn write(said: &Said) -> Bytes {
    let (name, data) = match said {
        Said::Quiet => return Bytes::from_static(b": quiet\n\n"),
        Said::Event(Event::DevicesChanged) => ("devices_changed", json!({})),
        Said::Event(Event::RolesChanged(roles)) => ("roles_changed", json!({ "roles": roles })),
        Said::Event(Event::SessionEnded(ended)) => ("session_ended", json!(ended)),
    };
    message(name, &data)
}

/// One event. JSON holds no line break, so that it is one line.
pub(super) fn message(name: &str, data: &serde_json::Value) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}
