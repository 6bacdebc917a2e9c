//! Who somebody is: by their access token at every call, by their cookie when a page is drawn. Runs in: the server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{
    genuine,
    record::{self, ended},
};
use crate::server::{
    auth::{
        caller::{By, SignedIn, Visitor},
        node::Auth,
    },
    clock,
};
use tabkey_core::rotate::{Decision, rotate};
use tabkey_core::{Email, Error, Identity, User};
use tabkey_verifier::trust::{Claims, Verdict};

/// How long the database may take where memory is not trusted.
const PATIENCE: Duration = Duration::from_secs(2);

/// Generations begin at 1: a note that confirms none.
const NO_GENERATION: u32 = 0;

/// Verifies a bearer token without a query, and notes the use. While the feed of endings is silent the database is asked
/// instead. Errors: 401 `token_invalid`, `token_expired`, `session_ended`, `token_stale`; 503 where neither can say.
pub async fn verify(auth: &Auth, visitor: &Visitor, token: &str) -> Result<SignedIn, Error> {
    let now = clock::now();
    let claims = genuine::claims(auth, token, now).await?;
    match auth.revocations.verdict(claims.sid, claims.sub, claims.cv, Instant::now()) {
        Verdict::Live => {}
        Verdict::Ended(ended) => return Err(Error::SessionEnded(ended)),
        Verdict::Stale => return Err(Error::TokenStale),
        Verdict::Unsure(_) => {
            ask_the_database(auth, &claims, now).await?;
            // The feed would have told of a key that is gone, too.
            auth.keys.read_again(&auth.store).await?;
            genuine::claims(auth, token, now).await?;
        }
    }
    auth.touches.note(claims.sid, claims.generation, visitor.address, visitor.by, now);
    Ok(SignedIn {
        user_id: claims.sub,
        session_id: claims.sid,
        generation: claims.generation,
        claims_version: claims.cv,
        roles: claims.roles.clone(),
        auth_time: claims.auth_time,
    })
}

/// One query per request, while memory may have missed an ending. Errors: as [`verify`].
async fn ask_the_database(auth: &Auth, claims: &Claims, now: i64) -> Result<(), Error> {
    metrics::counter!("tabkey_database_checks_total").increment(1);
    let found = tokio::time::timeout(PATIENCE, record::find(auth, claims.sid)).await;
    let row = found.map_err(|_| Error::busy())??.ok_or_else(record::unknown)?;
    if let Some(ended) = record::over(&row, now) {
        return Err(Error::SessionEnded(ended));
    }
    if claims.cv < row.claims_version { Err(Error::TokenStale) } else { Ok(()) }
}

/// For a page: the person behind a refresh token that a refresh would honour now; `None` for one that is not genuine or
/// that somebody has used since. Nothing rotates, nothing is confirmed and nothing ends; but whoever opens a page is using
/// their session, and that is noted. Errors: 401 `session_ended`, 503.
pub async fn recognise(auth: &Auth, visitor: &Visitor) -> Result<Option<(SignedIn, Identity)>, Error> {
    let Some(presented) = genuine::presented(auth, visitor.refresh_token.as_ref()).await? else { return Ok(None) };
    let Some(row) = record::find(auth, presented.session).await? else { return Ok(None) };
    let now = clock::now();
    let leeway = clock::millis(auth.config.session.refresh_leeway);
    match rotate(&record::rotatable(&row), presented.generation, leeway, now) {
        Decision::Ended(reason) | Decision::Over(reason) => return Err(Error::SessionEnded(ended(&row, reason, now))),
        Decision::Reuse => return Ok(None),
        Decision::Advance { .. } | Decision::Repeat | Decision::Retell | Decision::Heal { .. } => {}
    }
    auth.touches.note(row.id, NO_GENERATION, visitor.address, visitor.by, now);
    let user = record::owner(&row);
    let signed_in = SignedIn {
        user_id: user.id,
        session_id: row.id,
        generation: presented.generation,
        claims_version: row.claims_version,
        roles: Arc::from(user.roles.clone()),
        auth_time: clock::seconds(row.proved_at),
    };
    let used_at = if visitor.by == By::Person { now } else { row.last_used_at };
    let session = record::times(row.id, row.expires_at, used_at, row.idle_limit);
    Ok(Some((signed_in, Identity { user, session })))
}

/// The session of this account that a request carries, by its refresh cookie or its bearer token. Errors: 503.
pub async fn known_session(auth: &Auth, visitor: &Visitor, email: &Email) -> Result<Option<Uuid>, Error> {
    let now = clock::now();
    let cookie = genuine::presented(auth, visitor.refresh_token.as_ref()).await?.map(|presented| presented.session);
    let bearer = match &visitor.bearer {
        Some(token) => genuine::claims(auth, &token.0, now).await.ok().map(|claims| claims.sid),
        None => None,
    };
    for id in cookie.into_iter().chain(bearer) {
        if let Some(row) = record::find(auth, id).await?
            && row.email == email.as_str()
            && record::over(&row, now).is_none()
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The person behind the guard's value. Errors: 401 `token_invalid` when the account is gone, 503.
pub async fn who_am_i(auth: &Auth, me: &SignedIn) -> Result<User, Error> {
    let row = auth.store.find_user(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    record::user(auth, row).await
}
