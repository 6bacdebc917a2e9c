//! The application that runs as it is, and the first one on the kit. Runs in: the server.

use std::process::ExitCode;

use tabkey::{server::Application, ui};

#[tokio::main]
async fn main() -> ExitCode {
    Application::new("tabkey", ui::App, ui::shell).main().await
}
