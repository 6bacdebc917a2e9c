//! Who somebody is: by their access token at every call, by their cookie when a page is drawn. Runs in: the server.

use std::sync::Arc;

use super::{
    Auth, SignedIn, Visitor, clock,
    rotate::{Decision, rotate},
    session::{self, ended},
};
use crate::shared::{Error, Identity, User};

/// Generations begin at 1: a note that confirms none.
const NO_GENERATION: u32 = 0;

/// Verifies a bearer token without a query, and notes the use. Errors: 401 `token_invalid`, `token_expired`,
/// `session_ended`, `token_stale`.
pub fn verify(auth: &Auth, visitor: &Visitor, token: &str) -> Result<SignedIn, Error> {
    let now = clock::now();
    let claims = auth.tokens.verify(&auth.keys, token, now)?;
    if let Some(ended) = auth.revocations.ended(claims.sid) {
        return Err(Error::SessionEnded(ended));
    }
    if auth.revocations.is_stale(claims.sub, claims.cv) {
        return Err(Error::TokenStale);
    }
    auth.touches.note(claims.sid, claims.generation, visitor.address, now);
    Ok(SignedIn {
        user_id: claims.sub,
        session_id: claims.sid,
        generation: claims.generation,
        roles: claims.roles.clone(),
        auth_time: claims.auth_time,
    })
}

/// For a page: the person behind a refresh token that a refresh would honour now; `None` for one that is not genuine or
/// that somebody has used since. Nothing rotates, nothing is confirmed and nothing ends; but whoever opens a page is using
/// their session, and that is noted. Errors: 401 `session_ended`, 503.
pub async fn recognise(auth: &Auth, visitor: &Visitor) -> Result<Option<(SignedIn, Identity)>, Error> {
    let Some(presented) = session::presented(auth, visitor.refresh_token.as_ref()) else { return Ok(None) };
    let Some(row) = auth.store.find_session(presented.session).await? else { return Ok(None) };
    let now = clock::now();
    let leeway = clock::millis(auth.config.session.refresh_leeway);
    match rotate(&session::rotatable(&row), presented.generation, leeway, now) {
        Decision::Ended(reason) | Decision::Over(reason) => return Err(Error::SessionEnded(ended(&row, reason, now))),
        Decision::Reuse => return Ok(None),
        Decision::Advance { .. } | Decision::Repeat | Decision::Retell | Decision::Heal { .. } => {}
    }
    auth.touches.note(row.id, NO_GENERATION, visitor.address, now);
    let user = session::owner(&row);
    let signed_in = SignedIn {
        user_id: user.id,
        session_id: row.id,
        generation: presented.generation,
        roles: Arc::from(user.roles.clone()),
        auth_time: clock::seconds(row.created_at),
    };
    // Used just now.
    let session = session::times(row.id, row.expires_at, now, row.idle_limit);
    Ok(Some((signed_in, Identity { user, session })))
}

/// The person behind the guard's value. Errors: 401 `token_invalid` when the account is gone, 503.
pub async fn who_am_i(auth: &Auth, me: &SignedIn) -> Result<User, Error> {
    let row = auth.store.find_user(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    session::user(auth, row).await
}
