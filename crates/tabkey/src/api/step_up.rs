//! Proving the password again before something that matters. Runs in: both.

use leptos::prelude::*;
use server_fn::codec::{Json, PostUrl};

use crate::browser::client::TabkeyClient;
use tabkey_core::{Error, Grant};

/// Answers an access token of the same session with a fresh `auth_time`; no cookie changes. Errors: 422
/// `{"password":"wrong"}`, 429 `too_many_attempts`.
#[server(prefix = "/api", endpoint = "step_up", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn step_up(#[server(default)] password: String) -> Result<Grant, Error> {
    let (call, me) = crate::guard::signed_in().await?;
    crate::server::auth::step_up(&call.auth, &me, &call.visitor, password).await
}
