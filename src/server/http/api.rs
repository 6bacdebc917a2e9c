//! Calls under `/api`: checked as a whole, then handed to the server function. Runs in: the server.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use leptos::prelude::provide_context;

use super::{cross_site, form, guard, native_form::NativeForm, router::AppState};
use crate::shared::Error;

/// Bytes: far above any form of ours, far below what hurts.
const MAX_BODY: usize = 16 * 1024;
/// How much of a body that is too large is read and thrown away, and for how long.
const LINGER_BYTES: usize = 16 * 1024 * 1024;
const LINGER: Duration = Duration::from_secs(3);

/// The fixed calls and the fields that each takes. Calls of an adopter are not listed and take what they declare.
const CALLS: &[(&str, &[&str])] = &[
    ("/api/sign_up", &["email", "password", "display_name"]),
    ("/api/sign_in", &["email", "password", "remember"]),
    ("/api/refresh", &["refresh_token"]),
    ("/api/continue", &["password"]),
    ("/api/sign_out", &["session", "refresh_token"]),
    ("/api/step_up", &["password"]),
    ("/api/who_am_i", &[]),
    ("/api/devices", &[]),
    ("/api/devices/rename", &["id", "name"]),
    ("/api/devices/revoke", &["id"]),
    ("/api/devices/revoke_others", &[]),
    ("/api/change_password", &["current_password", "new_password"]),
    ("/api/forgot_password", &["email"]),
    ("/api/reset_password", &["token", "new_password"]),
    ("/api/verify_email", &["token"]),
    ("/api/verify_email/ask", &[]),
    ("/api/change_email", &["email"]),
    ("/api/change_email/confirm", &["token"]),
    ("/api/change_email/undo", &["token"]),
    ("/api/not_me", &["token"]),
    ("/api/account", &[]),
    ("/api/account/export", &[]),
    ("/api/account/delete", &[]),
    ("/api/activity", &["before"]),
    ("/api/activity/not_me", &["id"]),
    ("/api/admin/users", &["search", "sort", "after"]),
    ("/api/admin/user", &["id"]),
    ("/api/admin/overview", &[]),
    ("/api/admin/log", &["kind", "user", "after"]),
    ("/api/admin/block", &["id"]),
    ("/api/admin/unblock", &["id"]),
    ("/api/admin/sign_out", &["id"]),
    ("/api/admin/sign_in_again", &["id"]),
    ("/api/admin/grant_role", &["id", "role"]),
    ("/api/admin/revoke_role", &["id", "role"]),
];

/// Refuses what another site made the browser send (R34), and keeps every answer out of caches.
pub async fn own_site_only(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let allowed = cross_site::check(request.method(), request.headers(), &state.auth.config.server.public_url);
    let mut response = match allowed {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Origin, Sec-Fetch-Site"));
    response
}

pub async fn call(State(state): State<AppState>, request: Request) -> Response {
    let allowed = methods(request.uri().path());
    let keeps_cookies = state.auth.config.session.profile.keeps_cookies();
    match prepare(&state, request, &allowed).await {
        Ok((request, native)) => {
            match native {
                // What it would bring, only the page's script could hold.
                Some(form) if begins_a_session(request.uri().path()) && !keeps_cookies => {
                    form.redirect(Error::ScriptNeeded.into_response()).await
                }
                Some(form) => form.redirect(run(state, request).await).await,
                None => run(state, request).await,
            }
        }
        // RFC 9110 §15.5.6.
        Err(Error::MethodNotAllowed) => {
            let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
            ([(header::ALLOW, names.join(", "))], Error::MethodNotAllowed).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn begins_a_session(path: &str) -> bool {
    matches!(path, "/api/sign_in" | "/api/sign_up")
}

/// The methods of the call at this path; none where there is no call.
fn methods(path: &str) -> Vec<Method> {
    server_fn::axum::server_fn_paths().filter(|(known, _)| *known == path).map(|(_, method)| method).collect()
}

/// Everything that can be wrong before a body is understood. Errors: 404, 405, 413, 415, 422.
async fn prepare(
    state: &AppState,
    request: Request,
    allowed: &[Method],
) -> Result<(Request, Option<NativeForm>), Error> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if allowed.is_empty() {
        return Err(Error::NotFound);
    }
    if !allowed.contains(&parts.method) {
        return Err(Error::MethodNotAllowed);
    }
    let Some((_, fields)) = CALLS.iter().find(|(known, _)| *known == path) else {
        return Ok((Request::from_parts(parts, body), None));
    };
    if parts.method != Method::POST {
        form::check(parts.uri.query().unwrap_or_default().as_bytes(), fields)?;
        return Ok((Request::from_parts(parts, body), None));
    }
    form::check(parts.uri.query().unwrap_or_default().as_bytes(), &[])?;
    let body = read(body).await?;
    form::check_content_type(&parts.headers, body.is_empty())?;
    let native = NativeForm::take(&mut parts, &body, &state.auth.config.server.public_url);
    match &native {
        Some(_) => form::check(&body, &[*fields, &["next"][..]].concat())?,
        None => form::check(&body, fields)?,
    };
    let mut parts = as_form(parts);
    // The framework would send a form post back to whatever site its `Referer` names (R40).
    parts.headers.remove(header::REFERER);
    Ok((Request::from_parts(parts, Body::from(body)), native))
}

/// Reads a body that may not be larger than [`MAX_BODY`]. What is larger is read on for a while and thrown away: a client
/// that is still sending when the connection closes never sees the answer. Errors: 413, 422.
async fn read(mut body: Body) -> Result<Bytes, Error> {
    let mut kept = Vec::new();
    while let Some(data) = next_data(&mut body).await? {
        if kept.len() + data.len() > MAX_BODY {
            let _ = tokio::time::timeout(LINGER, discard(body)).await;
            return Err(Error::TooLarge);
        }
        kept.extend_from_slice(&data);
    }
    Ok(kept.into())
}

async fn discard(mut body: Body) {
    let mut left = LINGER_BYTES;
    while let Ok(Some(data)) = next_data(&mut body).await
        && data.len() < left
    {
        left -= data.len();
    }
}

/// Errors: 422 where the client went away in the middle.
async fn next_data(body: &mut Body) -> Result<Option<Bytes>, Error> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Err(_)) => return Err(Error::InvalidInput { fields: Default::default() }),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// An empty body needs no content type, but the framework's decoder wants one.
fn as_form(mut parts: Parts) -> Parts {
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    parts
}

async fn run(state: AppState, request: Request) -> Response {
    let context = move || {
        provide_context(state.clone());
        provide_context(guard::Caller::Request);
    };
    let mut response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    if response.status().is_success() || response.status().is_redirection() {
        return response;
    }
    // The framework answers with the body alone: the headers of the same error come from one place.
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    response = match serde_json::from_slice::<Error>(&body) {
        Ok(error) => error.into_response(),
        Err(_) => Response::from_parts(parts.clone(), Body::from(body)),
    };
    for (name, value) in &parts.headers {
        if *name == header::SET_COOKIE {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}
