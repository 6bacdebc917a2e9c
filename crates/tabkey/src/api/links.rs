//! What links in mails lead to: nobody has to be signed in, and a link works once. Runs in: both.

use leptos::prelude::*;
use server_fn::codec::{Json, PostUrl};

use super::{Done, Revoked};
use tabkey_core::Error;

/// Mails a link for a new password, if there is such an account: the reply does not tell. Errors: 422 for a bad `email`,
/// 429 `too_many_attempts`.
#[server(prefix = "/api", endpoint = "forgot_password", input = PostUrl, output = Json)]
pub async fn forgot_password(#[server(default)] email: String) -> Result<Done, Error> {
    let call = crate::guard::anyone()?;
    crate::server::auth::recovery::ask(&call.auth, &call.visitor, &email).await.map(|()| Done {})
}

/// Sets a new password and ends every session. Errors: 410 `link_invalid`, 422 for `new_password`, 429.
#[server(prefix = "/api", endpoint = "reset_password", input = PostUrl, output = Json)]
pub async fn reset_password(
    #[server(default)] token: String,
    #[server(default)] new_password: String,
) -> Result<Revoked, Error> {
    let call = crate::guard::anyone()?;
    let revoked = crate::server::auth::recovery::reset(&call.auth, &call.visitor, &token, new_password).await?;
    Ok(Revoked { revoked })
}

/// Shows that an address is its account's. Errors: 410 `link_invalid`.
#[server(prefix = "/api", endpoint = "verify_email", input = PostUrl, output = Json)]
pub async fn verify_email(#[server(default)] token: String) -> Result<Done, Error> {
    let call = crate::guard::anyone()?;
    crate::server::auth::address::verify(&call.auth, &call.visitor, &token).await.map(|()| Done {})
}

/// Gives an account its new address. Errors: 409 `email_taken`, 410 `link_invalid`.
#[server(prefix = "/api", endpoint = "change_email/confirm", input = PostUrl, output = Json)]
pub async fn confirm_email(#[server(default)] token: String) -> Result<Done, Error> {
    let call = crate::guard::anyone()?;
    crate::server::auth::address::change(&call.auth, &call.visitor, &token).await.map(|()| Done {})
}

/// Gives an account its former address back, ends every session, locks the password, and answers a token for a new one.
/// Errors: 409 `email_taken`, 410 `link_invalid`.
#[server(prefix = "/api", endpoint = "change_email/undo", input = PostUrl, output = Json)]
pub async fn undo_email(#[server(default)] token: String) -> Result<Regained, Error> {
    let call = crate::guard::anyone()?;
    let (revoked, token) = crate::server::auth::address::change_back(&call.auth, &call.visitor, &token).await?;
    Ok(Regained { revoked, token })
}

/// Ends what came in since the occasion of the mail, locks the password, and answers a token for a new one. Errors: 410
/// `link_invalid`.
#[server(prefix = "/api", endpoint = "not_me", input = PostUrl, output = Json)]
pub async fn not_me_by_link(#[server(default)] token: String) -> Result<Regained, Error> {
    let call = crate::guard::anyone()?;
    let (revoked, token) = crate::server::auth::activity::not_me_by_link(&call.auth, &call.visitor, &token).await?;
    Ok(Regained { revoked, token })
}

/// An account is with its owner again: how many sessions were ended, and what `reset_password` takes.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Regained {
    pub revoked: u64,
    pub token: String,
}
