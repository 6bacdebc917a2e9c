//! Pages: drawn for the person whom the refresh cookie names, without rotating anything. Runs in: the server.

use std::{future::Future, pin::Pin};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::{ResponseOptions, render_app_async_with_context};

use super::{
    cookies::Cookies,
    files::Files,
    flash,
    guard::Caller,
    headers::without_body,
    led_here::{is_led_here, once_more, says},
    state::AppState,
    visitor::visitor,
};
use crate::server::{
    auth::{self, By, SignedIn},
    clock,
    config::Config,
};
use tabkey_core::{Drawn, DrawnFor, Ended, Error, Flash, Missing, Site, stays_here};

/// What a request is for (Fetch Metadata): a page in a tab is a `document`.
const DEST: &str = "sec-fetch-dest";

/// What the cookie of a document request told.
#[derive(Clone, Default)]
struct Recognised {
    person: Option<SignedIn>,
    drawn_for: DrawnFor,
}

impl Recognised {
    fn nobody(ended: Option<Ended>) -> Self {
        Self { person: None, drawn_for: DrawnFor::Nobody(ended) }
    }
}

/// Looks once, by one read, who the page is for; only where a person asked for it: what a page embeds, and what a browser fetches
/// by itself, is no use by anybody. A database that does not answer makes no page signed out: the page is drawn as unknown, and the
/// tab asks for itself. Errors: the
/// answer to whom another site's link leads here, without the cookies.
async fn recognise(state: &AppState, parts: &Parts) -> Result<Recognised, Response> {
    if !matches!(parts.method, Method::GET | Method::HEAD) || !is_document(parts) {
        return Ok(Recognised::default());
    }
    let mut visitor = visitor(parts, &state.auth.config);
    let cookies = Cookies::of(&state.auth.config);
    let to = parts.uri.path_and_query().map_or("/", |to| to.as_str());
    if visitor.refresh_token.is_none() && cookies.is_some() && is_led_here(parts) && stays_here(to) {
        return Err(once_more(to));
    }
    if visitor.refresh_token.is_none() {
        return Ok(Recognised::nobody(None));
    }
    // What the browser has signed out of is not drawn, though the server has not heard of it; how it ended is.
    let is_left = says(parts, DEST, "document") && cookies.is_some_and(|cookies| !cookies.has_hint(&parts.headers));
    if is_left {
        visitor.by = By::Background;
    }
    Ok(match auth::recognise(&state.auth, &visitor).await {
        Ok(Some((person, identity))) if !is_left => {
            Recognised { person: Some(person), drawn_for: DrawnFor::Person(identity) }
        }
        Ok(_) => Recognised::nobody(None),
        Err(Error::SessionEnded(ended)) => Recognised::nobody(Some(ended)),
        Err(_) if is_left => Recognised::nobody(None),
        Err(_) => Recognised::default(),
    })
}

/// What a form without the WASM hands to this page, which tells it once.
fn flash_of(state: &AppState, parts: &Parts) -> Option<(Flash, HeaderValue)> {
    let is_shown = parts.method == Method::GET && is_document(parts);
    flash::take(Cookies::of_any_profile(&state.auth.config), &parts.headers).filter(|_| is_shown)
}

/// Whether a person asked for a page: a browser that does not say what it asks for may mean a file wherever there is a dot.
fn is_document(parts: &Parts) -> bool {
    match parts.headers.get(DEST) {
        Some(wanted) => wanted == "document",
        None => !parts.uri.path().rsplit('/').next().is_some_and(|name| name.contains('.')),
    }
}

/// A page that was drawn, with the status that is its own, and led nowhere but into this site.
fn complete(mut response: Response, missing: &Missing) -> Response {
    if missing.is_marked() && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    match response.headers().get(header::LOCATION) {
        Some(location) if location.to_str().is_ok_and(stays_here) => redirect(response),
        Some(_) => {
            tracing::error!("a page wanted to redirect to another site, or to no absolute path: refused");
            Error::NotFound.into_response()
        }
        None => response,
    }
}

/// A redirect carries nothing of the page that it stands for: that was drawn for somebody who may not see it, with what its
/// calls failed with. The framework answers with 200 whoever does not name HTML in `Accept`.
fn redirect(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    if parts.status.is_success() {
        parts.status = StatusCode::FOUND;
    }
    for name in [header::CONTENT_LENGTH, header::CONTENT_SECURITY_POLICY] {
        parts.headers.remove(name);
    }
    Response::from_parts(parts, Body::empty())
}

/// Where a password manager leads whoever is to change their password (W3C, A Well-Known URL for Changing Passwords).
pub async fn change_password() -> impl IntoResponse {
    (StatusCode::FOUND, [(header::LOCATION, "/account"), (header::CACHE_CONTROL, "no-store")])
}

type Page = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Draws a page as a whole, so that its status and its redirects are known before its first byte, for whoever is recognised.
pub fn draw<S>(
    state: AppState,
    shell: fn(LeptosOptions) -> S,
) -> impl Fn(Request) -> Page + Clone + Send + Sync + 'static
where
    S: IntoView + 'static,
{
    let options = state.leptos.clone();
    let reload = reload_socket(&options);
    let looks = state.clone();
    let context = move || {
        let parts = use_context::<axum::http::request::Parts>();
        let extensions = parts.map(|parts| parts.extensions).unwrap_or_default();
        let recognised = extensions.get::<Recognised>().cloned().unwrap_or_default();
        let flash = extensions.get::<Flash>().cloned().unwrap_or_default();
        provide_context(extensions.get::<Missing>().cloned().unwrap_or_default());
        provide_context(state.clone());
        provide_context(Drawn {
            at: clock::seconds(clock::now()),
            person: recognised.drawn_for,
            profile: state.auth.config.session.profile,
            site: site(&state.auth.config),
            hint_cookie: Cookies::of(&state.auth.config).map(Cookies::hint_name).unwrap_or_default(),
            flash,
        });
        provide_context(Caller::Page(recognised.person));
        state.own.provide();
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
            response.insert_header(
                header::CONTENT_SECURITY_POLICY,
                state.policy.content.of_page(&nonce, reload.as_deref()),
            );
        }
    };
    let render = render_app_async_with_context(context, move || shell(options.clone()));
    move |request: Request| {
        let (state, render) = (looks.clone(), render.clone());
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let missing = Missing::default();
            match recognise(&state, &parts).await {
                Ok(recognised) => parts.extensions.insert(recognised),
                Err(instead) => return instead,
            };
            parts.extensions.insert(missing.clone());
            let forgotten = flash_of(&state, &parts).map(|(flash, forgotten)| {
                parts.extensions.insert(flash);
                forgotten
            });
            let page = render(Request::from_parts(parts, body)).await;
            let mut page = complete(nonce_in_its_place(page).await, &missing);
            // Who is led on has not seen it.
            if let Some(forgotten) = forgotten.filter(|_| !page.status().is_redirection()) {
                page.headers_mut().append(header::SET_COOKIE, forgotten);
            }
            page
        })
    }
}

fn site(config: &Config) -> Site {
    Site {
        min_password: config.passwords.min_length,
        shared_idle: config.session.shared_idle_timeout.as_secs(),
        deletion_grace: config.accounts.deletion_grace.as_secs(),
        sign_up: config.accounts.sign_up,
    }
}

/// The framework writes the nonce into `crossorigin` too, where a style sheet or a frame's markup can read it: browsers hide
/// the value of `nonce` attributes alone (HTML §3.2.6).
async fn nonce_in_its_place(response: Response) -> Response {
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let nonce = policy.and_then(|policy| policy.split("'nonce-").nth(1)?.split('\'').next()).map(str::to_owned);
    let Some(nonce) = nonce else { return response };
    let (mut parts, body) = response.into_parts();
    let Ok(page) = body.collect().await else { return Error::busy().into_response() };
    let page =
        String::from_utf8_lossy(&page.to_bytes()).replace(&format!("crossorigin=\"{nonce}\""), "crossorigin=\"\"");
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(page))
}

/// A file of the site, or the app's own "not found" page with status 404.
pub fn file_or_not_found(
    state: &AppState,
    draw: impl Fn(Request) -> Page + Clone + Send + Sync + 'static,
) -> impl Fn(Request) -> Page + Clone + Send + Sync + 'static {
    let files = Files::of(&state.leptos);
    move |request: Request| {
        let (draw, files) = (draw.clone(), files.clone());
        Box::pin(async move {
            if !matches!(*request.method(), Method::GET | Method::HEAD) {
                return Error::NotFound.into_response();
            }
            let is_head = *request.method() == Method::HEAD;
            let (parts, _) = request.into_parts();
            if let Some(file) = files.find(&parts).await {
                return file;
            }
            if parts.uri.path().starts_with("/pkg/") {
                return Error::NotFound.into_response();
            }
            let mut page = draw(Request::from_parts(parts, Body::empty())).await;
            if page.status() == StatusCode::OK {
                *page.status_mut() = StatusCode::NOT_FOUND;
            }
            if is_head { without_body(page) } else { page }
        })
    }
}

/// Where `cargo leptos watch` tells the page to reload; nowhere in any other run.
fn reload_socket(options: &LeptosOptions) -> Option<String> {
    std::env::var_os("LEPTOS_WATCH")?;
    Some(format!("ws://{}:{}", options.site_addr.ip(), options.reload_port))
}
