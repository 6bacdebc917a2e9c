//! Getting in, staying in, getting out. Runs in: both.

use leptos::prelude::*;
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::browser::client::{HeldTokenClient, TabkeyClient};
use tabkey_core::{Error, Grant, User};

/// Creates an account and signs it in. Errors: 409 `email_taken`, 422 `invalid_input`, 429 `too_many_attempts`.
#[server(prefix = "/api", endpoint = "sign_up", input = PostUrl, output = Json)]
pub async fn sign_up(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] display_name: String,
) -> Result<Grant, Error> {
    let call = crate::guard::anyone()?;
    call.grant(crate::server::auth::sign_up(&call.auth, &call.visitor, &email, password, &display_name).await?)
}

/// `remember` is `true` or `false`; absent means true. Errors: 401 `wrong_credentials`, 422 `invalid_input`,
/// 429 `too_many_attempts`, 503 `busy`.
#[server(prefix = "/api", endpoint = "sign_in", input = PostUrl, output = Json)]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] remember: Option<String>,
) -> Result<Grant, Error> {
    let call = crate::guard::anyone()?;
    call.grant(crate::server::auth::sign_in(&call.auth, &call.visitor, &email, password, remember.as_deref()).await?)
}

/// Rotates the refresh token and answers a new access token. It is in the cookie; under the profile `tab` in the form, and
/// in the answer. Errors: 401 `token_missing`, `token_invalid` or `session_ended`; 503 `busy`.
#[server(prefix = "/api", endpoint = "refresh", input = PostUrl, output = Json)]
pub async fn refresh(#[server(default)] refresh_token: String) -> Result<Grant, Error> {
    let call = crate::guard::anyone()?;
    call.grant(crate::server::auth::refresh(&call.auth, &call.visitor, refresh_token).await?)
}

/// Under the profile `banking`: a fresh access token for the session of the bearer token, which may have died a moment ago,
/// by its owner's password. Errors: 422 `{"password":"wrong"}`, 401 as for any bearer token, 404 under another profile,
/// 429 `too_many_attempts`, 503 `busy`.
#[server(prefix = "/api", endpoint = "continue", input = PostUrl, output = Json, client = HeldTokenClient)]
pub async fn continue_session(#[server(default)] password: String) -> Result<Grant, Error> {
    let call = crate::guard::anyone()?;
    call.grant(crate::server::auth::continue_session(&call.auth, &call.visitor, password).await?)
}

/// Ends the session of the refresh cookie, or of the bearer token, and clears both cookies; 200 with nothing valid too.
/// `session` may name the only one that is meant: then the cookies of another stay. Under the profile `tab` the form brings
/// the refresh token. Errors: 422 `invalid_input`.
#[server(prefix = "/api", endpoint = "sign_out", input = PostUrl, output = Json)]
pub async fn sign_out(
    #[server(default)] session: String,
    #[server(default)] refresh_token: String,
) -> Result<Done, Error> {
    let call = crate::guard::anyone()?;
    if crate::server::auth::sign_out(&call.auth, &call.visitor, &session, refresh_token).await? {
        call.clear_cookies();
    }
    Ok(Done {})
}

/// The person behind the bearer token.
#[server(prefix = "/api", endpoint = "who_am_i", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn who_am_i() -> Result<User, Error> {
    let (call, me) = crate::guard::signed_in().await?;
    crate::server::auth::who_am_i(&call.auth, &me).await
}

/// `{}`: there is nothing to tell.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Done {}
