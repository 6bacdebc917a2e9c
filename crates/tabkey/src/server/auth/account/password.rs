//! Changing the password. Runs in: the server.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{common, new_password::check_new_password};
use crate::server::{
    auth::{
        caller::{self, SignedIn, Visitor},
        node::{Auth, attempts},
        session::{
            self, announce,
            prove::{ROUNDS, in_field, prove},
        },
    },
    clock,
    store::SecurityEventKind,
};
use tabkey_core::{Email, EndReason, Error, FieldError, NewPassword, normalise_password};

/// Sets a new password, and ends the other sessions, both or neither; answers how many ended. The tab gets its fresh
/// generation by a refresh of its own: no other reply may change what the browser keeps. Errors: 422 with what is wrong in
/// `current_password` and `new_password`, 401 `session_ended` where somebody ended the session first, 429, 503.
pub async fn change(auth: &Auth, me: &SignedIn, visitor: &Visitor, current: String, new: String) -> Result<u64, Error> {
    let (current, new) = (Zeroizing::new(current), Zeroizing::new(new));
    let user = auth.store.find_user(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    let email = Email::known(&user.email).map_err(|_| Error::busy())?;
    let mut fields = BTreeMap::new();
    let new = NewPassword::parse(&new, &email, auth.name, auth.config.passwords.min_length, common::is_common)
        .map_err(|error| fields.insert("new_password".to_owned(), error))
        .ok();
    if current.is_empty() {
        fields.insert("current_password".to_owned(), FieldError::Required);
    }
    let (Some(new), true) = (new, fields.is_empty()) else { return Err(Error::InvalidInput { fields }) };
    let too_long = || in_field(Error::WrongCredentials, "current_password");
    let current = Zeroizing::new(normalise_password(&current).ok_or_else(too_long)?);
    let mut hash = None;
    for _ in 0..ROUNDS {
        let ticket = attempts::begin(auth, visitor, &email, Some(me.session_id)).await?;
        let proved = prove(auth, visitor, &email, &current, Some(me.session_id), &ticket).await;
        ticket.settle(auth, &proved, true).await;
        let (_, proof) = proved.map_err(|error| in_field(error, "current_password"))?;
        let hash = match &hash {
            Some(hash) => String::clone(hash),
            None => {
                check_new_password(auth, "new_password", &new, &email, &user.display_name).await?;
                hash.insert(auth.hasher.hash(Zeroizing::new(new.reveal().to_owned())).await?).clone()
            }
        };
        let event = caller::event(visitor, SecurityEventKind::PasswordChanged, Some(user.id), Some(me.session_id));
        let ending = session::ending(EndReason::PasswordChanged, event.device.clone(), clock::now());
        if let Some(all) = auth.store.save_password(me.caller(), proof, hash, ending.clone(), event).await? {
            auth.mail_waits.notify_one();
            return Ok(announce::all(auth, all, &ending));
        }
    }
    Err(Error::busy())
}
