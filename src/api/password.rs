//! Changing the password. Runs in: both.

use leptos::prelude::*;
use server_fn::codec::{Json, PostUrl};

use super::Revoked;
use crate::browser::client::TabkeyClient;
use crate::shared::Error;

/// Sets a new password, ends the caller's other sessions, and gives the own one a fresh cookie. Errors: 422
/// `{"current_password":"wrong"}` and the rules for `new_password`, 429 `too_many_attempts`.
#[server(prefix = "/api", endpoint = "change_password", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn change_password(
    #[server(default)] current_password: String,
    #[server(default)] new_password: String,
) -> Result<Revoked, Error> {
    let (call, me) = crate::server::http::guard::signed_in().await?;
    let changed = crate::server::auth::password::change(&call.auth, &me, &call.visitor, current_password, new_password);
    let (revoked, renewed) = changed.await?;
    renewed.map(|granted| call.grant(granted)).transpose()?;
    Ok(Revoked { revoked })
}
