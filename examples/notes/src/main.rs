//! The server. Runs in: the server.

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> std::process::ExitCode {
    app::application().main().await
}

#[cfg(not(feature = "ssr"))]
fn main() {}
