//! What a node does: `http` → `auth` → `store`, never back. Runs in: the server.

mod application;
pub mod auth;
mod cleanup;
pub mod config;
pub mod http;
pub mod keys;
mod site;
pub mod store;
pub mod telemetry;

use leptos::prelude::*;

pub use application::Application;
use auth::StartError;
use config::Config;

/// Serves until SIGTERM or SIGINT. Errors: one sentence that names the key and the fix.
pub async fn run<A, S>(config: Config, app: fn() -> A, shell: fn(LeptosOptions) -> S) -> Result<(), StartError>
where
    A: IntoView + 'static,
    S: IntoView + 'static,
{
    let application = Application::bind(config, app, shell).await?;
    let address = application.address().map_err(|error| StartError(error.to_string()))?;
    tracing::info!("Tabkey listens on http://{address}");
    application.serve(terminated()).await;
    tracing::info!("Tabkey has stopped");
    Ok(())
}

async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
