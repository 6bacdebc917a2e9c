//! What an admin sees and does. Runs in: both.

use leptos::prelude::*;
use server_fn::codec::{GetUrl, Json, PostUrl};

use super::Revoked;
use crate::browser::client::TabkeyClient;
use tabkey_core::{AccountDetails, Accounts, Error, Log, Overview};

/// Fifty accounts whose address or name begins with `search`, sorted by `created` (the default), `email` or `last_used`.
/// `after` is `next` of the page before. Errors: 403 `forbidden`, 422.
#[server(prefix = "/api", endpoint = "admin/users", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn admin_users(
    #[server(default)] search: String,
    #[server(default)] sort: String,
    #[server(default)] after: String,
) -> Result<Accounts, Error> {
    let (call, me) = crate::guard::allowed(tabkey_core::Permission::ManageUsers).await?;
    call.spend(crate::guard::Costly::Search, &me)?;
    crate::server::auth::admin::accounts(&call.auth, &search, &sort, &after).await
}

/// One account, its devices and its last lines of the log. Errors: 403 `forbidden`, 404, 422.
#[server(prefix = "/api", endpoint = "admin/user", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn admin_user(#[server(default)] id: String) -> Result<AccountDetails, Error> {
    let (call, me) = crate::guard::allowed(tabkey_core::Permission::ManageUsers).await?;
    call.spend(crate::guard::Costly::Search, &me)?;
    crate::server::auth::admin::details(&call.auth, &me, &id).await
}

/// Who is here now, and how busy the last half hour was. Errors: 403 `forbidden`.
#[server(prefix = "/api", endpoint = "admin/overview", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn admin_overview() -> Result<Overview, Error> {
    let (call, me) = crate::guard::allowed(tabkey_core::Permission::ManageUsers).await?;
    call.spend(crate::guard::Costly::Search, &me)?;
    crate::server::auth::admin::overview(&call.auth).await
}

/// Fifty lines of the log, the newest first: of one `kind`, about the person with this id or address, or all. Errors: 403
/// `forbidden`, 422.
#[server(prefix = "/api", endpoint = "admin/log", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn admin_log(
    #[server(default)] kind: String,
    #[server(default)] user: String,
    #[server(default)] after: String,
) -> Result<Log, Error> {
    let (call, me) = crate::guard::allowed(tabkey_core::Permission::ReadLog).await?;
    call.spend(crate::guard::Costly::Search, &me)?;
    crate::server::auth::admin::log(&call.auth, &kind, &user, &after).await
}

/// Lets an account in no more, and ends its sessions. Errors, as of all that follow: 403 `forbidden` and
/// `step_up_required`, 404, 422; `{"id":"yourself"}` for one's own.
#[server(prefix = "/api", endpoint = "admin/block", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn admin_block(#[server(default)] id: String) -> Result<Revoked, Error> {
    let (call, me) = crate::guard::allowed_recently(tabkey_core::Permission::ManageUsers).await?;
    crate::server::auth::admin::block(&call.auth, &me, &call.visitor, &id).await.map(|revoked| Revoked { revoked })
}

/// Lets a blocked account in again.
#[server(prefix = "/api", endpoint = "admin/unblock", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn admin_unblock(#[server(default)] id: String) -> Result<Changed, Error> {
    let (call, me) = crate::guard::allowed_recently(tabkey_core::Permission::ManageUsers).await?;
    crate::server::auth::admin::unblock(&call.auth, &me, &call.visitor, &id).await.map(|changed| Changed { changed })
}

/// Ends every session of an account at once.
#[server(prefix = "/api", endpoint = "admin/sign_out", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn admin_sign_out(#[server(default)] id: String) -> Result<Revoked, Error> {
    let (call, me) = crate::guard::allowed_recently(tabkey_core::Permission::ManageUsers).await?;
    crate::server::auth::admin::sign_out(&call.auth, &me, &call.visitor, &id).await.map(|revoked| Revoked { revoked })
}

/// Lets every session of an account run out, each at its next refresh.
#[server(prefix = "/api", endpoint = "admin/sign_in_again", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn admin_sign_in_again(#[server(default)] id: String) -> Result<Changed, Error> {
    let (call, me) = crate::guard::allowed_recently(tabkey_core::Permission::ManageUsers).await?;
    crate::server::auth::admin::sign_in_again(&call.auth, &me, &call.visitor, &id)
        .await
        .map(|()| Changed { changed: true })
}

/// Gives an account a role, in force within a second.
#[server(prefix = "/api", endpoint = "admin/grant_role", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn admin_grant_role(
    #[server(default)] id: String,
    #[server(default)] role: String,
) -> Result<Changed, Error> {
    let (call, me) = crate::guard::allowed_recently(tabkey_core::Permission::ManageUsers).await?;
    crate::server::auth::admin::grant(&call.auth, &me, &call.visitor, &id, &role)
        .await
        .map(|changed| Changed { changed })
}

/// Takes a role from an account; `{"role":"last_admin"}` where nobody else could give it back.
#[server(prefix = "/api", endpoint = "admin/revoke_role", input = PostUrl, output = Json, client = TabkeyClient)]
pub async fn admin_revoke_role(
    #[server(default)] id: String,
    #[server(default)] role: String,
) -> Result<Changed, Error> {
    let (call, me) = crate::guard::allowed_recently(tabkey_core::Permission::ManageUsers).await?;
    crate::server::auth::admin::revoke_role(&call.auth, &me, &call.visitor, &id, &role)
        .await
        .map(|changed| Changed { changed })
}

/// False where it was so before.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Changed {
    pub changed: bool,
}
