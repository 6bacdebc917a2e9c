//! A person's account: its address, its log, a copy of it, its end. Runs in: both.

use leptos::prelude::*;
use server_fn::codec::{GetUrl, Json, PostUrl};

use super::{Done, Revoked};
use crate::browser::client::TabkeyClient;
use tabkey_core::{Account, Activity, Error};

/// How the caller's account stands.
#[server(prefix = "/api", endpoint = "account", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn my_account() -> Result<Account, Error> {
    let (call, me) = crate::guard::signed_in().await?;
    crate::server::auth::account::look(&call.auth, &me).await
}

/// Mails a link that shows that the address is the caller's. Errors: 429 `too_many_attempts`.
#[server(prefix = "/api", endpoint = "verify_email/ask", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn ask_to_verify_email() -> Result<Done, Error> {
    let (call, me) = crate::guard::signed_in().await?;
    call.spend(crate::guard::Costly::Mail, &me)?;
    crate::server::auth::address::ask_to_verify(&call.auth, &me, &call.visitor).await.map(|()| Done {})
}

/// Mails a link to the new address; nothing changes before it is used. Errors: 403 `step_up_required`, 422 for a bad
/// `email`, 429.
#[server(prefix = "/api", endpoint = "change_email", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn change_email(#[server(default)] email: String) -> Result<Done, Error> {
    let (call, me) = crate::guard::recently_signed_in().await?;
    call.spend(crate::guard::Costly::Mail, &me)?;
    crate::server::auth::address::ask_to_change(&call.auth, &me, &call.visitor, &email).await.map(|()| Done {})
}

/// The caller's part of the security log, fifty lines at a time, the newest first. Errors: 422 for a bad `before`.
#[server(prefix = "/api", endpoint = "activity", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn my_activity(#[server(default)] before: String) -> Result<Vec<Activity>, Error> {
    let (call, me) = crate::guard::signed_in().await?;
    call.spend(crate::guard::Costly::Search, &me)?;
    crate::server::auth::activity::list(&call.auth, &me, &before).await
}

/// Ends what has begun since that line of the log, but not the caller's session. Errors: 403 `step_up_required`, 404
/// `not_found`, 422.
#[server(prefix = "/api", endpoint = "activity/not_me", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn not_me(#[server(default)] id: String) -> Result<Revoked, Error> {
    let (call, me) = crate::guard::recently_signed_in().await?;
    call.spend(crate::guard::Costly::Mail, &me)?;
    let revoked = crate::server::auth::activity::not_me(&call.auth, &me, &call.visitor, &id).await?;
    Ok(Revoked { revoked })
}

/// Everything kept on the caller, as JSON. Errors: 403 `step_up_required`.
#[server(prefix = "/api", endpoint = "account/export", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn export_account() -> Result<serde_json::Value, Error> {
    let (call, me) = crate::guard::recently_signed_in().await?;
    call.spend(crate::guard::Costly::Export, &me)?;
    crate::server::auth::account::export(&call.auth, &me, &call.visitor).await
}

/// Ends every session now, and the account after the grace, unless its owner signs in before. Errors: 403
/// `step_up_required`.
#[server(prefix = "/api", endpoint = "account/delete", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn delete_account() -> Result<Deletion, Error> {
    let (call, me) = crate::guard::recently_signed_in().await?;
    let delete_at = crate::server::auth::account::delete(&call.auth, &me, &call.visitor).await?;
    call.clear_cookies();
    Ok(Deletion { delete_at })
}

/// When an account goes (unix seconds).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Deletion {
    pub delete_at: i64,
}
