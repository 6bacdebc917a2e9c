//! What a node does: `http` → `auth` → `store`, never back. Runs in: the server.

mod application;
pub mod auth;
mod check;
mod cleanup;
pub mod config;
pub mod http;
pub mod keys;
pub mod mail;
mod open_files;
mod signals;
mod site;
pub mod store;
pub mod telemetry;

use axum::Router;
use leptos::prelude::*;

pub use application::{Application, Stop};
use auth::StartError;
pub use check::check;
use config::Config;
pub use http::AppState;

/// Serves until SIGTERM or SIGINT; a second signal ends it at once. `routes` are an application's own, beside the pages and the
/// server functions: their handlers take [`auth::SignedIn`] where somebody must be signed in. Errors: one sentence that names
/// the key and the fix.
pub async fn run<A, S>(
    config: Config,
    routes: Router<AppState>,
    app: fn() -> A,
    shell: fn(LeptosOptions) -> S,
) -> Result<(), StartError>
where
    A: IntoView + 'static,
    S: IntoView + 'static,
{
    let application = Application::bind(config, routes, app, shell).await?;
    let address = application.address().map_err(|error| StartError(error.to_string()))?;
    let (first, second) = signals::two();
    tracing::info!("Tabkey listens on http://{}", config::openable(address));
    tokio::select! {
        () = application.serve(first) => tracing::info!("Tabkey has stopped"),
        () = second => tracing::warn!("a second signal: Tabkey ends at once"),
    }
    Ok(())
}
