//! Signing in with a password. Runs in: the server.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{
    announce, grant,
    prove::{ROUNDS, prove},
    recognise::known_session,
    record,
};
use crate::server::{
    auth::{
        caller::{self, Granted, Visitor},
        node::{
            Auth,
            attempts::{self, Ticket},
        },
    },
    clock,
    store::{Begun, SecurityEventKind},
};
use tabkey_core::{Email, Error, FieldError, normalise_password};

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
    let known = known_session(auth, visitor, &form.email).await?;
    let ticket = attempts::begin(auth, visitor, &form.email, known).await?;
    let begun = begin(auth, visitor, &form, &ticket).await;
    ticket.settle(auth, &begun, true).await;
    let (grantee, begun) = begun?;
    let now = clock::now();
    announce::began(auth, &grantee, begun, now);
    grant::grant(auth, grantee, now)
}

/// Errors: 401, 503.
async fn begin(auth: &Auth, visitor: &Visitor, form: &Form, ticket: &Ticket) -> Result<(grant::Grantee, Begun), Error> {
    let mut seen = None;
    for _ in 0..ROUNDS {
        let (user, proof) = prove(auth, visitor, &form.email, &form.password, None, ticket).await?;
        // Signing in keeps an account that its owner wants to be deleted: that wish must be older than this sign-in.
        if *seen.get_or_insert(user.delete_at) != user.delete_at {
            return Err(Error::busy());
        }
        let begun = grant::begin(auth, visitor, user.id, form.remember, clock::now()).await?;
        let event = caller::event(visitor, SecurityEventKind::SignedIn, Some(user.id), Some(begun.id));
        let claims_version = user.claims_version;
        let grantee = grant::Grantee::new(record::user(auth, user).await?, claims_version, &begun);
        if let Some(begun) = auth.store.create_session(begun, proof, event).await? {
            return Ok((grantee, begun));
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
