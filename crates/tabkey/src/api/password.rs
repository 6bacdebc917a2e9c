//! Changing the password. Runs in: both.

use leptos::prelude::*;
use server_fn::codec::{Json, PostUrl};

use crate::browser::client::TabkeyClient;
use tabkey_core::Error;

/// Sets a new password and ends the caller's other sessions. Where it says `rotate`, the tab refreshes, so that what was
/// copied of its own session before is worth nothing. Errors: 422
/// `{"current_password":"wrong"}` and the rules for `new_password`, 429 `too_many_attempts`.
#[server(prefix = "/api", endpoint = "change_password", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn change_password(
    #[server(default)] current_password: String,
    #[server(default)] new_password: String,
) -> Result<PasswordChanged, Error> {
    let (call, me) = crate::guard::signed_in().await?;
    let changed = crate::server::auth::password::change(&call.auth, &me, &call.visitor, current_password, new_password);
    Ok(PasswordChanged { revoked: changed.await?, rotate: !call.auth.config.session.profile.asks_for_password() })
}

/// How many other sessions were ended, and whether the own one is to move on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PasswordChanged {
    pub revoked: u64,
    pub rotate: bool,
}
