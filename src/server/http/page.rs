//! Pages: drawn for the person whom the refresh cookie names, without rotating anything. Runs in: the server.

use std::{future::Future, pin::Pin};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::{ResponseOptions, render_app_async_with_context, serve_site_root_service};
use tower::ServiceExt;

use super::{guard::Caller, headers::page_policy, router::AppState, visitor::visitor};
use crate::{
    server::auth::{self, SignedIn},
    shared::{Drawn, DrawnFor, Error, Missing},
};

/// What the cookie of a document request told.
#[derive(Clone, Default)]
struct Recognised {
    person: Option<SignedIn>,
    drawn_for: DrawnFor,
}

/// Looks once, by one read, who the page is for. A database that does not answer makes no page signed out: the page is
/// drawn as unknown, and the tab asks for itself. So is a page that another site's link opens, for then the browser keeps
/// a SameSite=Strict cookie back (RFC 6265bis §5.6.7.1).
pub async fn recognise(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let missing = Missing::default();
    parts.extensions.insert(missing.clone());
    let is_document = parts.method == Method::GET && !parts.uri.path().starts_with("/pkg/");
    if is_document {
        let visitor = visitor(&parts, &state.auth.config);
        let recognised = match visitor.refresh_token {
            Some(_) => match auth::recognise(&state.auth, &visitor).await {
                Ok(Some((person, identity))) => {
                    Recognised { person: Some(person), drawn_for: DrawnFor::Person(identity) }
                }
                Ok(None) => Recognised { person: None, drawn_for: DrawnFor::Nobody(None) },
                Err(Error::SessionEnded(ended)) => {
                    Recognised { person: None, drawn_for: DrawnFor::Nobody(Some(ended)) }
                }
                Err(_) => Recognised::default(),
            },
            // Nothing came because there is nothing: only the tab knows who it is.
            None if !state.auth.config.session.profile.keeps_cookies() => {
                Recognised { person: None, drawn_for: DrawnFor::Nobody(None) }
            }
            None if parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") => {
                Recognised::default()
            }
            None => Recognised { person: None, drawn_for: DrawnFor::Nobody(None) },
        };
        parts.extensions.insert(recognised);
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if missing.is_marked() && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    // The framework answers a redirect with 200 to whoever does not name HTML in `Accept`.
    if response.headers().contains_key(header::LOCATION) && response.status().is_success() {
        *response.status_mut() = StatusCode::FOUND;
    }
    response
}

type Page = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Draws a page as a whole, so that its status and its redirects are known before its first byte.
pub fn draw<S>(
    state: AppState,
    shell: fn(LeptosOptions) -> S,
) -> impl Fn(Request) -> Page + Clone + Send + Sync + 'static
where
    S: IntoView + 'static,
{
    let options = state.leptos.clone();
    let reload = reload_socket(&options);
    let context = move || {
        let parts = use_context::<axum::http::request::Parts>();
        let extensions = parts.map(|parts| parts.extensions).unwrap_or_default();
        let recognised = extensions.get::<Recognised>().cloned().unwrap_or_default();
        provide_context(extensions.get::<Missing>().cloned().unwrap_or_default());
        provide_context(state.clone());
        provide_context(Drawn {
            at: auth::clock::seconds(auth::clock::now()),
            person: recognised.drawn_for,
            profile: state.auth.config.session.profile,
            cookie_suffix: state.auth.config.server.cookie_suffix.clone(),
        });
        provide_context(Caller::Page(recognised.person));
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, page_policy(&nonce, reload.as_deref()));
        }
    };
    render_app_async_with_context(context, move || shell(options.clone()))
}

/// A file of the site, or the app's own "not found" page with status 404.
pub fn file_or_not_found(
    draw: impl Fn(Request) -> Page + Clone + Send + Sync + 'static,
) -> impl Fn(State<AppState>, Request) -> Page + Clone + Send + Sync + 'static {
    move |State(state): State<AppState>, request: Request| {
        let draw = draw.clone();
        Box::pin(async move {
            if !matches!(*request.method(), Method::GET | Method::HEAD) {
                return Error::NotFound.into_response();
            }
            let (parts, _) = request.into_parts();
            let is_file = parts.uri.path().rsplit('/').next().is_some_and(|name| name.contains('.'));
            if is_file {
                let asked = Request::from_parts(parts.clone(), Body::empty());
                let found = serve_site_root_service(&state.leptos).oneshot(asked).await;
                if let Ok(found) = found
                    && found.status() != StatusCode::NOT_FOUND
                {
                    return with_charset(found.map(Body::new));
                }
                if parts.uri.path().starts_with("/pkg/") {
                    return Error::NotFound.into_response();
                }
            }
            let mut page = draw(Request::from_parts(parts, Body::empty())).await;
            if page.status() == StatusCode::OK {
                *page.status_mut() = StatusCode::NOT_FOUND;
            }
            page
        })
    }
}

fn with_charset(mut response: Response) -> Response {
    let text = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if let Some(kind @ ("text/css" | "text/javascript" | "text/plain" | "image/svg+xml")) = text {
        let value = HeaderValue::try_from(format!("{kind}; charset=utf-8"));
        if let Ok(value) = value {
            response.headers_mut().insert(header::CONTENT_TYPE, value);
        }
    }
    response
}

/// Where `cargo leptos watch` tells the page to reload; nowhere in any other run.
fn reload_socket(options: &LeptosOptions) -> Option<String> {
    std::env::var_os("LEPTOS_WATCH")?;
    Some(format!("ws://{}:{}", options.site_addr.ip(), options.reload_port))
}
