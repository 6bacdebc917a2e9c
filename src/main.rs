//! The server. Runs in: the server.

use std::process::ExitCode;

use tabkey::server::Application;
use tabkey_app::app::{App, shell};

#[tokio::main]
async fn main() -> ExitCode {
    Application::new("tabkey", App, shell).version(env!("CARGO_PKG_VERSION")).main().await
}
