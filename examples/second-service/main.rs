//! The bank's retirement service: it has no sign-in of its own, and trusts whoever is signed in at Tabkey.

use std::{env, error::Error};

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tabkey_verifier::{ServiceToken, Settings, SignedIn, Verifier};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let verifier = Verifier::connect(Settings {
        issuer: variable("ISSUER", "http://127.0.0.1:3000"),
        audience: variable("AUDIENCE", "tabkey"),
        service_token: ServiceToken::new(env::var("SERVICE_TOKEN").map_err(|_| "set SERVICE_TOKEN: see the README")?),
    })?;
    let listener = TcpListener::bind(variable("ADDRESS", "127.0.0.1:4000")).await?;
    println!("The pension service listens on http://{}", listener.local_addr()?);
    let routes = Router::new().route("/pension", get(pension)).route("/healthz", get(alive)).with_state(verifier);
    axum::serve(listener, routes).await?;
    Ok(())
}

/// Only for the signed-in: `me` in the signature is the whole guard.
async fn pension(me: SignedIn) -> Json<Value> {
    // An opaque id is all that a token says of a person; what is known of them is this service's own.
    let paid_in = u64::from(me.user_id.as_bytes()[15]) * 1_000;
    Json(json!({ "person": me.user_id, "paid_in": paid_in, "may_advise": me.has_role("adviser") }))
}

async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

fn variable(name: &str, otherwise: &str) -> String {
    env::var(name).unwrap_or_else(|_| otherwise.to_owned())
}
