//! Changing the password. Runs in: the server.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{
    Auth, Granted, SignedIn, Visitor, clock, common, hasher::Verdict, new_password::check_new_password, refresh::renew,
    session,
};
use crate::{
    server::store::SecurityEventKind,
    shared::{Email, EndReason, Error, FieldError, NewPassword, normalise_password},
};

/// Sets a new password, and ends the other sessions, both or neither; answers how many ended, and the fresh generation of
/// the caller's own where the request's cookie holds it. Errors: 422 with what is wrong in `current_password` and
/// `new_password`, 429, 503.
pub async fn change(
    auth: &Auth,
    me: &SignedIn,
    visitor: &Visitor,
    current: String,
    new: String,
) -> Result<(u64, Option<Granted>), Error> {
    let (current, new) = (Zeroizing::new(current), Zeroizing::new(new));
    let user = auth.store.find_user(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    let email = Email::parse(&user.email).map_err(|_| Error::busy())?;
    let mut fields = BTreeMap::new();
    let new = NewPassword::parse(&new, &email, auth.config.passwords.min_length, common::is_common)
        .map_err(|error| fields.insert("new_password".to_owned(), error))
        .ok();
    if current.is_empty() {
        fields.insert("current_password".to_owned(), FieldError::Required);
    }
    let (Some(new), true) = (new, fields.is_empty()) else { return Err(Error::InvalidInput { fields }) };
    let now = clock::now();
    auth.attempts.from_address(visitor.address, now)?;
    auth.attempts.for_account(&email, now)?;
    let wrong = || Error::field("current_password", FieldError::Wrong);
    let current = Zeroizing::new(normalise_password(&current).ok_or_else(wrong)?);
    if auth.hasher.verify(current, user.password_hash.clone()).await? == Verdict::Wrong {
        return Err(wrong());
    }
    auth.attempts.succeeded(&email);
    check_new_password(auth, "new_password", &new, &email, &user.display_name).await?;
    let hash = auth.hasher.hash(Zeroizing::new(new.reveal().to_owned())).await?;
    let event = session::event(visitor, SecurityEventKind::PasswordChanged, Some(user.id), Some(me.session_id));
    let ending = session::ending(auth, EndReason::PasswordChanged, event.device.clone(), now);
    let saved =
        auth.store.save_password(user.id, user.password_hash, hash, me.session_id, ending.clone(), event).await?;
    // Another change came first: the password that was given is no longer the current one.
    let ended = saved.ok_or_else(wrong)?;
    let revoked = ended.len() as u64;
    session::announce(auth, me.user_id, ended, &ending);
    // The password is changed, whatever comes of this.
    let renewed = renew(auth, visitor, me.session_id).await.unwrap_or_default();
    Ok((revoked, renewed))
}
