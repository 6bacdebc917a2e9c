//! The server. Runs in: the server.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    notes::application().main().await
}
