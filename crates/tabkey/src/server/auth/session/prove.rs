//! Proving that one knows the password of an account. Runs in: the server.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::record;
use crate::server::{
    auth::{
        caller::{self, Visitor},
        node::{Auth, attempts::Ticket, hasher::Verdict},
    },
    clock,
    store::{Proof, SecurityEvent, SecurityEventKind, SessionRow, UserRow},
};
use tabkey_core::{Email, EndReason, Ended, Error, FieldError};

/// Looks at an account before a sign-in or a proof calls the node busy: whoever changes it meanwhile is obeyed, and the
/// password is compared with what it has become.
pub const ROUNDS: usize = 3;

/// The account that this password opens, and the proof of it, to be honoured by the act that it is for. A wrong one is put on
/// record, in the session where there is one. Errors: 401 `wrong_credentials`, `session_ended` (`blocked`), 503.
pub async fn prove(
    auth: &Auth,
    visitor: &Visitor,
    email: &Email,
    password: &Zeroizing<String>,
    session: Option<Uuid>,
    ticket: &Ticket,
) -> Result<(UserRow, Proof), Error> {
    let user = auth.store.find_user_by_email(email.as_str()).await?;
    let verdict = match &user {
        Some(user) if ticket.opens(user) => auth.hasher.verify(password.clone(), user.password_hash.clone()).await?,
        user => {
            let stored = user.as_ref().map(|user| user.password_hash.clone());
            auth.hasher.refuse(password.clone(), stored).await.map(|()| Verdict::Wrong)?
        }
    };
    ticket.was_looked_at();
    let (user, rehash) = match (user, verdict) {
        (Some(user), Verdict::Right) => (user, None),
        (Some(user), Verdict::RightButCheap(new)) => (user, Some(new)),
        (user, _) => {
            let id = user.as_ref().map(|user| user.id);
            let event = caller::event(visitor, SecurityEventKind::SignInFailed, id, session);
            ticket.note_wrong(auth, user, event).await?;
            return Err(Error::WrongCredentials);
        }
    };
    if let Some(at) = user.blocked_at {
        let event = caller::event(visitor, SecurityEventKind::SignInFailed, Some(user.id), session);
        auth.store.save_event(SecurityEvent { detail: Some("blocked".into()), ..event }).await?;
        return Err(Error::SessionEnded(Ended { reason: EndReason::Blocked, at: clock::seconds(at), by: None }));
    }
    let (password_hash, claims_version) = (user.password_hash.clone(), user.claims_version);
    let proof = Proof { user_id: user.id, password_hash, claims_version, rehash, is_known: ticket.is_known() };
    Ok((user, proof))
}

/// Notes in a session that its owner proved the password. Errors: as [`prove`]; 401 `session_ended`.
pub async fn prove_in_session(
    auth: &Auth,
    visitor: &Visitor,
    email: &Email,
    password: &Zeroizing<String>,
    session: Uuid,
    kind: SecurityEventKind,
    ticket: &Ticket,
) -> Result<SessionRow, Error> {
    for _ in 0..ROUNDS {
        let (user, proof) = prove(auth, visitor, email, password, Some(session), ticket).await?;
        let event = caller::event(visitor, kind, Some(user.id), Some(session));
        let now = clock::now();
        if let Some(row) = auth.store.prove_session(session, proof, record::too_old(auth, now), now, event).await? {
            return Ok(record::limited(auth, row));
        }
        let row = record::find(auth, session).await?.ok_or_else(record::unknown)?;
        if let Some(ended) = record::over(&row, now) {
            return Err(Error::SessionEnded(ended));
        }
    }
    Err(Error::busy())
}

/// A wrong password as a mistake in the field that holds it, for whoever is signed in already.
pub fn in_field(error: Error, field: &'static str) -> Error {
    match error {
        Error::WrongCredentials => Error::field(field, FieldError::Wrong),
        error => error,
    }
}
