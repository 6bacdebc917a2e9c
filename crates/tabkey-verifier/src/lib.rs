//! For another service: who the holder of an access token is, and that their session still lives, without asking anybody.
//! Runs in: services that verify our tokens, and every node of Tabkey.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use tabkey_verifier::{ServiceToken, Settings, SignedIn, Verifier};
//!
//! async fn pension(me: SignedIn) -> String {
//!     format!("the pension of {}", me.user_id)
//! }
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::connect(Settings {
//!     issuer: "https://app.example.org".into(),
//!     audience: "tabkey".into(),
//!     service_token: ServiceToken::new(std::env::var("SERVICE_TOKEN")?),
//! })?;
//! let routes = Router::new().route("/pension", get(pension)).with_state(verifier);
//! axum::serve(tokio::net::TcpListener::bind("127.0.0.1:4000").await?, routes).await?;
//! # Ok(())
//! # }
//! ```
//!
//! In another framework, [`Verifier::verify`] takes the token itself, and the refusal's status and code are in its
//! [`Error`](tabkey_core::Error).
//!
//! # Layout, in reading order
//!
//! * [`trust`]: what it takes to trust a token, pure; a node stands on it too.
//! * `client`: what follows the issuer's keys and endings (feature `client`, on by default); its extractor for axum (feature
//!   `axum`, on by default).

#[cfg(feature = "client")]
mod client;
pub mod trust;

#[cfg(feature = "client")]
pub use client::*;
