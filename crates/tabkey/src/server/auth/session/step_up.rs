//! Proving the password again, in a session that goes on. Runs in: the server.

use zeroize::Zeroizing;

use super::{
    grant,
    prove::{in_field, prove_in_session},
};
use crate::server::{
    auth::{
        caller::{SignedIn, Visitor},
        node::{Auth, attempts},
    },
    clock,
    store::SecurityEventKind,
};
use tabkey_core::{Email, Error, FieldError, Grant, normalise_password};

/// Lets a person through who proved their password a short while ago (`session.step_up_age`). Errors: 403
/// `step_up_required`.
pub fn require(auth: &Auth, me: &SignedIn) -> Result<(), Error> {
    let age = clock::seconds(clock::now()).saturating_sub(me.auth_time);
    let limit = clock::seconds(clock::millis(auth.config.session.step_up_age));
    if age > limit { Err(Error::StepUpRequired) } else { Ok(()) }
}

/// Notes the proof, and answers an access token that says so: of the same session and generation, so that no cookie
/// changes. Errors: 422 `{"password":"wrong"}`, 429 as at sign-in, 401 `session_ended`, 503.
pub async fn step_up(auth: &Auth, me: &SignedIn, visitor: &Visitor, password: String) -> Result<Grant, Error> {
    let password = Zeroizing::new(password);
    if password.is_empty() {
        return Err(Error::field("password", FieldError::Required));
    }
    let user = auth.store.find_user(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    let email = Email::known(&user.email).map_err(|_| Error::busy())?;
    let too_long = || in_field(Error::WrongCredentials, "password");
    let password = Zeroizing::new(normalise_password(&password).ok_or_else(too_long)?);
    let ticket = attempts::begin(auth, visitor, &email, Some(me.session_id)).await?;
    let kind = SecurityEventKind::SteppedUp;
    let proved = prove_in_session(auth, visitor, &email, &password, me.session_id, kind, &ticket).await;
    ticket.settle(auth, &proved, true).await;
    let row = proved.map_err(|error| in_field(error, "password"))?;
    let now = clock::now();
    // The generation that the caller holds: a later one has not been seen in use, and must not seem to have been.
    let granted = grant::grant(auth, grant::Grantee::existing(&row, me.generation), now)?;
    Ok(Grant { refresh_token: None, ..granted.grant })
}
