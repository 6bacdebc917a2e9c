//! Signing in with a password. Runs in: the server.

use std::collections::BTreeMap;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Auth, Granted, Visitor, announce, clock, hasher::Verdict, session};
use crate::{
    server::store::{Begun, Proof, SecurityEventKind, SessionRow, UserRow},
    shared::{Email, EndReason, Ended, Error, FieldError, normalise_password},
};

/// Looks at an account before a sign-in or a proof calls the node busy: whoever changes it meanwhile is obeyed, and the
/// password is compared with what it has become.
pub(super) const ROUNDS: usize = 3;

/// Begins a new session, and ends the one this browser held. Errors: 422 for a form that could never sign in, 401
/// `wrong_credentials` in the same words and time whether or not the account exists, 401 `session_ended` (`blocked`)
/// only after the right password, 429, 503.
pub async fn sign_in(
    auth: &Auth,
    visitor: &Visitor,
    email: &str,
    password: String,
    remember: Option<&str>,
) -> Result<Granted, Error> {
    let form = Form::parse(email, Zeroizing::new(password), remember)?;
    let now = clock::now();
    auth.attempts.from_address(visitor.address, now)?;
    auth.attempts.for_account(&form.email, now)?;
    let (grantee, begun) = begin(auth, visitor, &form).await?;
    auth.attempts.succeeded(&form.email);
    let now = clock::now();
    announce::began(auth, &grantee, begun, now);
    session::grant(auth, grantee, now)
}

/// Errors: 401, 503.
async fn begin(auth: &Auth, visitor: &Visitor, form: &Form) -> Result<(session::Grantee, Begun), Error> {
    let mut seen = None;
    for _ in 0..ROUNDS {
        let (user, proof) = prove(auth, visitor, &form.email, &form.password, None).await?;
        // Signing in keeps an account that its owner wants to be deleted: that wish must be older than this sign-in.
        if *seen.get_or_insert(user.delete_at) != user.delete_at {
            return Err(Error::busy());
        }
        let begun = session::begin(auth, visitor, user.id, form.remember, clock::now()).await?;
        let event = session::event(visitor, SecurityEventKind::SignedIn, Some(user.id), Some(begun.id));
        let claims_version = user.claims_version;
        let grantee = session::Grantee::new(session::user(auth, user).await?, claims_version, &begun);
        if let Some(begun) = auth.store.create_session(begun, proof, event).await? {
            return Ok((grantee, begun));
        }
    }
    Err(Error::busy())
}

/// The account that this password opens, and the proof of it, to be honoured by the act that it is for. A wrong one is put on
/// record, in the session where there is one. Errors: 401 `wrong_credentials`, `session_ended` (`blocked`), 503.
pub(super) async fn prove(
    auth: &Auth,
    visitor: &Visitor,
    email: &Email,
    password: &Zeroizing<String>,
    session: Option<Uuid>,
) -> Result<(UserRow, Proof), Error> {
    let user = auth.store.find_user_by_email(email.as_str()).await?;
    let verdict = match &user {
        Some(user) => auth.hasher.verify(password.clone(), user.password_hash.clone()).await?,
        None => auth.hasher.refuse(password.clone(), None).await.map(|()| Verdict::Wrong)?,
    };
    let (user, rehash) = match (user, verdict) {
        (Some(user), Verdict::Right) => (user, None),
        (Some(user), Verdict::RightButCheap(new)) => (user, Some(new)),
        (user, _) => {
            let event = session::event(visitor, SecurityEventKind::SignInFailed, user.map(|user| user.id), session);
            auth.store.save_event(event).await?;
            return Err(Error::WrongCredentials);
        }
    };
    if let Some(at) = user.blocked_at {
        return Err(Error::SessionEnded(Ended { reason: EndReason::Blocked, at: clock::seconds(at), by: None }));
    }
    let (password_hash, claims_version) = (user.password_hash.clone(), user.claims_version);
    let proof = Proof { user_id: user.id, password_hash, claims_version, rehash };
    Ok((user, proof))
}

/// Notes in a session that its owner proved the password. Errors: as [`prove`]; 401 `session_ended`.
pub(super) async fn prove_in_session(
    auth: &Auth,
    visitor: &Visitor,
    email: &Email,
    password: &Zeroizing<String>,
    session: Uuid,
    kind: SecurityEventKind,
) -> Result<SessionRow, Error> {
    for _ in 0..ROUNDS {
        let (user, proof) = prove(auth, visitor, email, password, Some(session)).await?;
        let event = session::event(visitor, kind, Some(user.id), Some(session));
        let now = clock::now();
        if let Some(row) = auth.store.prove_session(session, proof, session::too_old(auth, now), now, event).await? {
            return Ok(session::limited(auth, row));
        }
        let row = session::find(auth, session).await?.ok_or_else(session::unknown)?;
        if let Some(ended) = session::over(&row, now) {
            return Err(Error::SessionEnded(ended));
        }
    }
    Err(Error::busy())
}

struct Form {
    email: Email,
    /// Normalised as when it was set.
    password: Zeroizing<String>,
    remember: bool,
}

impl Form {
    fn parse(email: &str, password: Zeroizing<String>, remember: Option<&str>) -> Result<Self, Error> {
        let mut fields = BTreeMap::new();
        let email = Email::known(email).map_err(|error| fields.insert("email".to_owned(), error)).ok();
        let password = match (password.is_empty(), normalise_password(&password)) {
            (true, _) => Err(FieldError::Required),
            (_, None) => Err(FieldError::TooLong),
            (_, Some(password)) => Ok(Zeroizing::new(password)),
        };
        let password = password.map_err(|error| fields.insert("password".to_owned(), error)).ok();
        let remember = match remember {
            None | Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => {
                fields.insert("remember".to_owned(), FieldError::Malformed);
                None
            }
        };
        match (email, password, remember) {
            (Some(email), Some(password), Some(remember)) => Ok(Self { email, password, remember }),
            _ => Err(Error::InvalidInput { fields }),
        }
    }
}
