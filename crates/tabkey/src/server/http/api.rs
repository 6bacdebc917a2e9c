//! Calls under `/api`: checked as a whole, then handed to the server function. Runs in: the server.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use leptos::prelude::provide_context;

use super::{
    body, cookies::Cookies, cross_site, errors, form, form::Fields, guard, headers, native_form::NativeForm,
    state::AppState,
};
use tabkey_core::{Error, stays_here};

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

pub async fn call(State(state): State<AppState>, mut request: Request) -> Response {
    let allowed = methods(request.uri().path());
    // RFC 9110 §9.3.2: the same answer, its body left out.
    let is_head = *request.method() == Method::HEAD && allowed.contains(&Method::GET);
    if is_head {
        *request.method_mut() = Method::GET;
    }
    let response = answer(state, request, &allowed).await;
    if is_head { headers::without_body(response) } else { response }
}

async fn answer(state: AppState, request: Request, allowed: &[Method]) -> Response {
    let auth = state.auth.clone();
    let cookies = Cookies::of_any_profile(&auth.config);
    let keeps_cookies = auth.config.session.profile.keeps_cookies();
    match prepare(&state, request, allowed).await {
        Ok(Prepared { request, native: Some(form), .. })
            if begins_a_session(request.uri().path()) && !keeps_cookies =>
        {
            // What it would bring, only the page's script could hold.
            form.redirect(Error::ScriptNeeded.into_response(), cookies).await
        }
        Ok(Prepared { request, native: Some(form), _large }) => form.redirect(run(state, request).await, cookies).await,
        Ok(Prepared { request, native: None, _large }) => run(state, request).await,
        Err(Rejected { error, native: Some(form) }) => form.redirect(error.into_response(), cookies).await,
        // RFC 9110 §15.5.6.
        Err(Rejected { error: Error::MethodNotAllowed, .. }) => {
            let with_head = allowed.contains(&Method::GET).then_some("HEAD");
            let names: Vec<&str> = allowed.iter().map(Method::as_str).chain(with_head).collect();
            ([(header::ALLOW, names.join(", "))], Error::MethodNotAllowed).into_response()
        }
        Err(Rejected { error, .. }) => error.into_response(),
    }
}

fn begins_a_session(path: &str) -> bool {
    matches!(path, "/api/sign_in" | "/api/sign_up")
}

/// The methods of the call at this path; none where there is no call.
fn methods(path: &str) -> Vec<Method> {
    server_fn::axum::server_fn_paths().filter(|(known, _)| *known == path).map(|(_, method)| method).collect()
}

/// A request that may be handed on.
struct Prepared {
    request: Request,
    /// Where a browser posted it by itself.
    native: Option<NativeForm>,
    /// The room that its body takes, until it is answered.
    _large: Option<body::Taken>,
}

/// A request that may not, and where a browser posted it by itself.
struct Rejected {
    error: Error,
    native: Option<NativeForm>,
}

impl From<Error> for Rejected {
    fn from(error: Error) -> Self {
        Self { error, native: None }
    }
}

/// Everything that can be wrong before a body is understood, for our calls and for an adopter's; of those, nobody knows
/// here which fields they take and how they are encoded. Errors: 404, 405, 413, 415, 422, 503.
async fn prepare(state: &AppState, request: Request, allowed: &[Method]) -> Result<Prepared, Rejected> {
    let (mut parts, body) = request.into_parts();
    if allowed.is_empty() {
        return Err(Error::NotFound.into());
    }
    if !allowed.contains(&parts.method) {
        return Err(Error::MethodNotAllowed.into());
    }
    let ours = CALLS.iter().find(|(known, _)| *known == parts.uri.path()).map(|(_, fields)| *fields);
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let in_query = match ours {
        Some(_) if parts.method == Method::POST => Fields::These(&[]),
        Some(fields) => Fields::These(fields),
        None => Fields::Any,
    };
    form::check(query, in_query)?;
    if parts.method == Method::GET {
        as_from_our_script(&mut parts);
        return Ok(Prepared { request: Request::from_parts(parts, body), native: None, _large: None });
    }
    let limit = if ours.is_some() { body::SMALL } else { body::LARGE };
    let body::Read { bytes, taken } = body::read(body, limit, &state.large_bodies).await?;
    let is_form = ours.is_some() || form::is_named(&parts.headers);
    if is_form {
        form::check_content_type(&parts.headers, bytes.is_empty())?;
    }
    let native = match is_form && parts.method == Method::POST {
        true => NativeForm::take(&parts, &bytes, &state.auth.config.server.public_url, ours.is_some()),
        false => None,
    };
    let checked = match (ours, &native) {
        (Some(fields), Some(_)) => form::check(&bytes, Fields::These(&[fields, &["next", "page"][..]].concat())),
        (Some(fields), None) => form::check(&bytes, Fields::These(fields)),
        (None, _) if is_form => form::check(&bytes, Fields::Any),
        (None, _) => Ok(()),
    };
    if let Err(error) = checked {
        return Err(Rejected { error, native });
    }
    // An empty body needs no content type, but the framework's decoder wants one.
    if ours.is_some() || (bytes.is_empty() && !parts.headers.contains_key(header::CONTENT_TYPE)) {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
    as_from_our_script(&mut parts);
    Ok(Prepared { request: Request::from_parts(parts, Body::from(bytes)), native, _large: taken })
}

/// The framework would send whoever names HTML in `Accept` to whatever site the `Referer` names, with the error in the
/// address (R40). What a browser posts by itself is answered by [`NativeForm`].
fn as_from_our_script(parts: &mut Parts) {
    parts.headers.remove(header::REFERER);
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
}

async fn run(state: AppState, request: Request) -> Response {
    let refused = guard::Refused::default();
    let noted = refused.clone();
    let context = move || {
        provide_context(state.clone());
        provide_context(guard::Caller::Request);
        provide_context(noted.clone());
        state.own.provide();
    };
    let mut response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    let location = response.headers().get(header::LOCATION);
    if location.is_some_and(|location| !location.to_str().is_ok_and(stays_here)) {
        tracing::error!("a call wanted to redirect to another site, or to no absolute path: refused");
        // No 5xx: what the call does is done, and must not be sent again.
        return Error::InvalidInput { fields: Default::default() }.into_response();
    }
    if response.status().is_success() || response.status().is_redirection() {
        return response;
    }
    // The framework answers with the body alone: the headers of the same error come from one place.
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    response = match ours_in(&body) {
        // What the framework could not decode on this side of the line is the caller's.
        Some(Error::Unreadable | Error::Offline) => Error::InvalidInput { fields: Default::default() }.into_response(),
        Some(error) => error.into_response(),
        None => return in_callers_words(Response::from_parts(parts, Body::from(body)), refused.take()),
    };
    for (name, value) in &parts.headers {
        if *name == header::SET_COOKIE {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}

/// Our error, if the body is nothing more and nothing less: an adopter's type may have a `code` too.
fn ours_in(body: &[u8]) -> Option<Error> {
    let error: Error = serde_json::from_slice(body).ok()?;
    let is_all = serde_json::to_value(&error).ok()? == serde_json::from_slice::<serde_json::Value>(body).ok()?;
    is_all.then_some(error)
}

/// A failure of an adopter's type. Where a guard of ours refused, the status and the headers are those of our error.
fn in_callers_words(mut response: Response, refused: Option<Error>) -> Response {
    if let Some(error) = refused {
        *response.status_mut() = error.status();
        errors::tell(&mut response, error);
    }
    response
}

#[cfg(test)]
mod tests;
