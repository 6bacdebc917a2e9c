//! Every route and every layer, in order. Runs in: the server.

use axum::{
    Router,
    http::{Extensions, HeaderMap, StatusCode, Version},
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get, post},
};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate},
};

use super::{api, errors, events, headers, health, host, outbox, page, revocations, state::AppState, style};
use crate::server::telemetry;

/// `routes` are the application's own; `app` lists the routes of the pages, `shell` draws the document around them.
pub fn router<A, S>(state: AppState, routes: Router<AppState>, app: fn() -> A, shell: fn(LeptosOptions) -> S) -> Router
where
    A: IntoView + 'static,
    S: IntoView + 'static,
{
    let draw = page::draw(state.clone(), shell);
    let pages = Router::new()
        .leptos_routes_with_handler(generate_route_list(app), get(draw.clone()))
        .route("/tabkey.css", get(style::sheet))
        .fallback(page::file_or_not_found(&state, draw))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_worth_compressing)))
        .layer(from_fn(headers::caching));
    let api = Router::new()
        .route("/api/events", get(events::listen))
        .route("/api/revocations", get(revocations::listen))
        .route("/api/{*call}", any(api::call))
        .route("/api", any(errors::not_found))
        .route("/api/", any(errors::not_found))
        .layer(from_fn_with_state(state.clone(), api::own_site_only));
    let operator = Router::new()
        .route("/.well-known/jwks.json", get(health::jwks))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/.well-known/change-password", get(page::change_password))
        .route("/csp-report", post(headers::report));
    let developer = if cfg!(debug_assertions) {
        Router::new().route("/dev/outbox", get(outbox::list)).route("/dev/outbox/{id}", get(outbox::show))
    } else {
        Router::new()
    };
    let routes = routes.layer(from_fn(errors::told)).layer(from_fn_with_state(state.clone(), api::own_site_only));
    Router::new()
        .merge(operator)
        .merge(developer)
        .merge(routes)
        .merge(api)
        .merge(pages)
        .method_not_allowed_fallback(errors::method_not_allowed)
        .layer(from_fn(errors::in_time))
        .layer(from_fn_with_state(state.clone(), host::one))
        .layer(CatchPanicLayer::custom(errors::panicked))
        .layer(from_fn(errors::complete))
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(from_fn(telemetry::traced))
        .with_state(state)
}

/// In a dev build the WASM is seven megabytes and the compressor unoptimised: five seconds for every load of a page.
fn is_worth_compressing(_: StatusCode, _: Version, _: &HeaderMap, _: &Extensions) -> bool {
    !cfg!(debug_assertions)
}
