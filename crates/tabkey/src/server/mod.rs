//! What a node does: `http` → `auth` → `store`, never back. Runs in: the server.

mod application;
#[doc(hidden)]
pub mod auth;
mod check;
mod cleanup;
#[doc(hidden)]
pub mod clock;
mod command_line;
pub mod config;
#[doc(hidden)]
pub mod http;
#[doc(hidden)]
pub mod keys;
pub mod mail;
mod node;
mod open_files;
mod signals;
mod site;
mod start_error;
#[doc(hidden)]
pub mod store;
#[doc(hidden)]
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;

pub use application::Application;
use check::check;
pub use futures::future::BoxFuture;
pub use http::{AppState, ContentPolicy};
pub use node::{Node, Stop};
pub use serde_json::Value;
pub use start_error::StartError;
pub use store::{Database, Db, Hooks, Migrations};

/// Serves until SIGTERM or SIGINT; a second signal ends it at once.
async fn serve(node: Node) -> Result<(), StartError> {
    let address = node.address().map_err(|error| StartError(error.to_string()))?;
    let (first, second) = signals::two();
    tracing::info!("Tabkey listens on http://{}", config::openable(address));
    tokio::select! {
        () = node.serve(first) => tracing::info!("Tabkey has stopped"),
        () = second => tracing::warn!("a second signal: Tabkey ends at once"),
    }
    Ok(())
}
