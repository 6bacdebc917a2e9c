//! Signing out on the device itself. Runs in: the server.

use uuid::Uuid;

use super::{announce, devices::parse_id, genuine, record};
use crate::server::{
    auth::{
        caller::{self, Visitor},
        node::Auth,
    },
    clock,
    store::SecurityEventKind,
};
use tabkey_core::{EndReason, Error};

/// Ends the session of the refresh cookie, and that of the bearer token; with neither there is nothing to end. An old
/// refresh token will do: who holds one may sign its session out, and no more. Where `only` names a session, another one
/// that has begun in the same browser since stays. Without cookies the form brings the refresh token (`field`), and an
/// access token that has just died will do. Answers whether what the browser keeps is to be cleared. Errors: 422, 503.
pub async fn sign_out(auth: &Auth, visitor: &Visitor, only: &str, field: String) -> Result<bool, Error> {
    let now = clock::now();
    let only = match only {
        "" => None,
        id => Some(parse_id("session", id)?),
    };
    let keeps_cookies = auth.config.session.profile.keeps_cookies();
    let refresh_token = genuine::refresh_token(auth, visitor, field)?;
    let by_refresh_token = genuine::presented(auth, refresh_token.as_ref()).await?.map(|presented| presented.session);
    let as_of = if keeps_cookies { now } else { now - genuine::late(auth) };
    let by_bearer = match &visitor.bearer {
        None => None,
        Some(token) => match genuine::claims(auth, &token.0, as_of).await {
            Ok(claims) => Some(claims.sid),
            Err(busy @ Error::Busy { .. }) => return Err(busy),
            Err(_) => None,
        },
    };
    let by_bearer = by_bearer.filter(|session| Some(*session) != by_refresh_token);
    let is_meant = |id: &Uuid| only.is_none_or(|only| only == *id);
    for id in by_refresh_token.into_iter().chain(by_bearer).filter(is_meant) {
        let ending = record::ending(EndReason::SignedOut, None, now);
        let Some(user) = record::find(auth, id).await?.map(|row| row.user_id) else { continue };
        let event = caller::event(visitor, SecurityEventKind::SignedOut, Some(user), Some(id));
        announce::these(auth, auth.store.end_session(id, None, ending.clone(), event).await?, &ending);
    }
    Ok(!keeps_cookies || only.is_none() || only == by_refresh_token)
}
