//! Going on with a session by its owner's password, where no refresh token does it. Runs in: the server.

use zeroize::Zeroizing;

use super::{
    genuine, grant,
    prove::{in_field, prove_in_session},
    record,
};
use crate::server::{
    auth::{
        caller::{By, Granted, Visitor},
        node::{Auth, attempts},
    },
    clock,
    store::{SecurityEventKind, SessionRow},
};
use tabkey_core::{Email, Error, FieldError, normalise_password};
use tabkey_verifier::trust::{Claims, Verdict};

/// A fresh access token for the session of the bearer token, which may have died a moment ago. The token shows that the
/// caller's page held the session, the password that its owner is there: neither is enough. Nothing else of the session
/// changes, and its absolute end stays. Errors: 404 `not_found` under another profile, 401 for the token as in
/// [`verify`](super::verify), `session_ended`, 422 `{"password":"wrong"}`, 429, 503.
pub async fn continue_session(auth: &Auth, visitor: &Visitor, password: String) -> Result<Granted, Error> {
    let password = Zeroizing::new(password);
    if !auth.config.session.profile.asks_for_password() {
        return Err(Error::NotFound);
    }
    let token = visitor.bearer.as_ref().ok_or(Error::TokenMissing)?;
    let now = clock::now();
    let claims = genuine::claims(auth, &token.0, now - genuine::late(auth)).await?;
    if let Verdict::Ended(ended) =
        auth.revocations.verdict(claims.sid, claims.sub, claims.cv, std::time::Instant::now())
    {
        return Err(Error::SessionEnded(ended));
    }
    let password = match (password.is_empty(), normalise_password(&password)) {
        (true, _) => return Err(Error::field("password", FieldError::Required)),
        (_, None) => return Err(in_field(Error::WrongCredentials, "password")),
        (_, Some(password)) => Zeroizing::new(password),
    };
    let row = live(auth, &claims, now).await?;
    let email = Email::known(&row.email).map_err(|_| Error::busy())?;
    let ticket = attempts::begin(auth, visitor, &email, Some(row.id)).await?;
    let kind = SecurityEventKind::Continued;
    let proved = prove_in_session(auth, visitor, &email, &password, row.id, kind, &ticket).await;
    // Whoever asks sooner than anybody needs to is counted, so that no one session is a way to keep the node at hashing.
    let is_early = clock::seconds(now) < claims.iat + (claims.exp - claims.iat) / 2;
    ticket.settle(auth, &proved, is_early).await;
    let row = proved.map_err(|error| in_field(error, "password"))?;
    let now = clock::now();
    auth.touches.note(row.id, claims.generation, visitor.address, By::Person, now);
    grant::grant(auth, grant::Grantee::existing(&SessionRow { last_used_at: now, ..row }, claims.generation), now)
}

/// The session of the token, as the database knows it. Errors: 401 `session_ended`, 503.
async fn live(auth: &Auth, claims: &Claims, now: i64) -> Result<SessionRow, Error> {
    let row = record::find(auth, claims.sid).await?.ok_or_else(record::unknown)?;
    match record::over(&row, now) {
        Some(ended) => Err(Error::SessionEnded(ended)),
        None => Ok(row),
    }
}
