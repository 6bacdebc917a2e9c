//! Going on with a session by its owner's password, where no refresh token does it. Runs in: the server.

use zeroize::Zeroizing;

use super::{Auth, Granted, Visitor, clock, recognise::genuine, session, sign_in::prove_in_session, touch::By};
use crate::{
    server::store::{SecurityEventKind, SessionRow},
    shared::{Email, Error, FieldError, normalise_password},
    verify::{Claims, Verdict},
};

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
    let claims = genuine(auth, &token.0, now - session::late(auth)).await?;
    if let Verdict::Ended(ended) =
        auth.revocations.verdict(claims.sid, claims.sub, claims.cv, std::time::Instant::now())
    {
        return Err(Error::SessionEnded(ended));
    }
    let password = match (password.is_empty(), normalise_password(&password)) {
        (true, _) => return Err(Error::field("password", FieldError::Required)),
        (_, None) => return Err(wrong()),
        (_, Some(password)) => Zeroizing::new(password),
    };
    let row = live(auth, &claims, now).await?;
    let email = Email::known(&row.email).map_err(|_| Error::busy())?;
    auth.attempts.from_address(visitor.address, now)?;
    auth.attempts.for_account(&email, now)?;
    let proved = prove_in_session(auth, visitor, &email, &password, row.id, SecurityEventKind::Continued).await;
    let row = proved.map_err(|error| match error {
        Error::WrongCredentials => wrong(),
        error => error,
    })?;
    auth.attempts.succeeded(&email);
    // A branch full of people behind one address goes on with its work all day. Who asks sooner than anybody needs to is
    // counted, so that no one account is a way to keep the node at hashing.
    if clock::seconds(now) >= claims.iat + (claims.exp - claims.iat) / 2 {
        auth.attempts.give_back(visitor.address);
    }
    let now = clock::now();
    auth.touches.note(row.id, claims.generation, visitor.address, By::Person, now);
    session::grant(auth, session::Grantee::existing(&SessionRow { last_used_at: now, ..row }, claims.generation), now)
}

/// The session of the token, as the database knows it. Errors: 401 `session_ended`, 503.
async fn live(auth: &Auth, claims: &Claims, now: i64) -> Result<SessionRow, Error> {
    let row = session::find(auth, claims.sid).await?.ok_or_else(session::unknown)?;
    match session::over(&row, now) {
        Some(ended) => Err(Error::SessionEnded(ended)),
        None => Ok(row),
    }
}

fn wrong() -> Error {
    Error::field("password", FieldError::Wrong)
}
