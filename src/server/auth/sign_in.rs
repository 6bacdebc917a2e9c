//! Signing in with a password. Runs in: the server.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{Auth, Granted, Visitor, clock, hasher::Verdict, session};
use crate::{
    server::store::{SecurityEventKind, UserRow},
    shared::{Email, EndReason, Ended, Error, FieldError, normalise_password},
};

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
    let user = verified_user(auth, visitor, &form.email, form.password).await?;
    auth.attempts.succeeded(&form.email);
    if let Some(at) = user.blocked_at {
        return Err(Error::SessionEnded(Ended { reason: EndReason::Blocked, at: clock::seconds(at), by: None }));
    }
    let begun = session::begin(auth, visitor, user.id, form.remember, now);
    let event = session::event(visitor, SecurityEventKind::SignedIn, Some(user.id), Some(begun.id));
    let claims_version = user.claims_version;
    let grantee = session::Grantee::new(session::user(auth, user).await?, claims_version, &begun);
    let replaced = session::replaced(auth, visitor, now).await?;
    let owner = auth.store.create_session(begun, replaced.clone(), event).await?;
    session::began(auth, &grantee, owner.zip(replaced));
    session::grant(auth, grantee, now)
}

/// The account whose password this is; a wrong one is put on record. Errors: 401 `wrong_credentials`, 503.
pub(super) async fn verified_user(
    auth: &Auth,
    visitor: &Visitor,
    email: &Email,
    password: Zeroizing<String>,
) -> Result<UserRow, Error> {
    let user = auth.store.find_user_by_email(email.as_str()).await?;
    let verdict = match &user {
        Some(user) => auth.hasher.verify(password, user.password_hash.clone()).await?,
        None => auth.hasher.refuse(password, None).await.map(|()| Verdict::Wrong)?,
    };
    match (user, verdict) {
        (Some(user), Verdict::Right) => Ok(user),
        (Some(user), Verdict::RightButCheap(new)) => {
            // A hash that could not be raised now is raised at the next sign-in.
            let _ = auth.store.save_rehash(user.id, user.password_hash.clone(), new).await;
            Ok(user)
        }
        (user, _) => {
            let event = session::event(visitor, SecurityEventKind::SignInFailed, user.map(|user| user.id), None);
            auth.store.save_event(event).await?;
            Err(Error::WrongCredentials)
        }
    }
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
        let email = Email::parse(email).map_err(|error| fields.insert("email".to_owned(), error)).ok();
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
