//! A person's own sessions, seen as devices. Runs in: both.

use leptos::prelude::*;
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::browser::client::TabkeyClient;
use tabkey_core::{Device, Error};

/// Every live session of the caller, the current one first, then by last use.
#[server(prefix = "/api", endpoint = "devices", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn devices() -> Result<Vec<Device>, Error> {
    let (call, me) = crate::guard::signed_in().await?;
    crate::server::auth::devices::list(&call.auth, &me).await
}

/// Errors: 404 `not_found` for an unknown, foreign or ended session, 422 for a bad `id` or `name`.
#[server(prefix = "/api", endpoint = "devices/rename", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn rename_device(#[server(default)] id: String, #[server(default)] name: String) -> Result<Device, Error> {
    let (call, me) = crate::guard::signed_in().await?;
    call.spend(crate::guard::Costly::Write, &me)?;
    crate::server::auth::devices::rename(&call.auth, &me, &id, &name).await
}

/// Ends one session of the caller. Errors: 404 `not_found`, 422 for a bad `id`.
#[server(prefix = "/api", endpoint = "devices/revoke", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn revoke_device(#[server(default)] id: String) -> Result<Revoked, Error> {
    let (call, me) = crate::guard::signed_in().await?;
    crate::server::auth::devices::revoke(&call.auth, &me, &call.visitor, &id).await.map(|revoked| Revoked { revoked })
}

/// Ends every session of the caller but the current one. Errors: 403 `step_up_required`.
#[server(prefix = "/api", endpoint = "devices/revoke_others", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn revoke_other_devices() -> Result<Revoked, Error> {
    let (call, me) = crate::guard::recently_signed_in().await?;
    crate::server::auth::devices::revoke_others(&call.auth, &me, &call.visitor).await.map(|revoked| Revoked { revoked })
}

/// How many sessions were ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Revoked {
    pub revoked: u64,
}
