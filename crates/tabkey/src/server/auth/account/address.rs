//! The email address of an account: shown to be theirs, changed, and changed back. Runs in: the server.

use serde::Deserialize;

use super::{links, post};
use crate::server::{
    auth::{
        caller::{self, SignedIn, Visitor},
        node::{Auth, attempts},
        session::{self, announce},
    },
    clock,
    mail::{Letter, Purpose},
    store::{LinkUse, NewMail, SecurityEventKind, Used},
};
use tabkey_core::{Email, EndReason, Error, FieldError, LinkFault};

/// What a link about an address knows.
#[derive(Deserialize)]
struct Detail {
    email: String,
}

/// Sends a link that shows that the address is theirs. Errors: 429, 503.
pub async fn ask_to_verify(auth: &Auth, me: &SignedIn, visitor: &Visitor) -> Result<(), Error> {
    let user = auth.store.find_user(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    few(auth, me, visitor, Purpose::VerifyEmail, &user.email).await?;
    Ok(post::write(auth, Some(me.user_id), None, Letter::VerifyEmail).await?)
}

/// Errors: 410 `link_invalid`, 503.
pub async fn verify(auth: &Auth, visitor: &Visitor, token: &str) -> Result<(), Error> {
    let link = links::find(auth, Purpose::VerifyEmail, token).await?;
    let email = email_of(&link)?;
    use_link(auth, visitor, &link, Purpose::VerifyEmail, LinkUse::Verify { email }, SecurityEventKind::EmailVerified)
        .await
        .map(drop)
}

/// Sends a link to the new address; nothing changes before it is used. The reply is the same where the address has an
/// account already: then the link will say so. Errors: 422, 429, 503.
pub async fn ask_to_change(auth: &Auth, me: &SignedIn, visitor: &Visitor, email: &str) -> Result<(), Error> {
    let email = Email::parse(email).map_err(|error| Error::field("email", error))?;
    let user = auth.store.find_user(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    if user.email == email.as_str() {
        return Err(Error::field("email", FieldError::Duplicate));
    }
    few(auth, me, visitor, Purpose::ConfirmEmail, email.as_str()).await?;
    let event = caller::event(visitor, SecurityEventKind::EmailChangeAsked, Some(me.user_id), Some(me.session_id));
    let letter = Letter::ConfirmEmail { email: email.as_str().to_owned() };
    let mail = NewMail { user_id: Some(me.user_id), address: None, letter, at: event.at };
    auth.store.ask_by_mail(me.caller(), mail, event).await?;
    auth.mail_waits.notify_one();
    Ok(())
}

/// The account has the new address from now on, and the old one is told. Errors: 409 `email_taken`, 410 `link_invalid`, 503.
pub async fn change(auth: &Auth, visitor: &Visitor, token: &str) -> Result<(), Error> {
    let link = links::find(auth, Purpose::ConfirmEmail, token).await?;
    let does = LinkUse::Email { new: email_of(&link)?, kept_until: clock::now() + links::UNDO_IS_OVER };
    use_link(auth, visitor, &link, Purpose::ConfirmEmail, does, SecurityEventKind::EmailChanged).await.map(drop)
}

/// Gives the account its former address back, ends every session, and lets the password open it no more: whoever changed
/// the address is out, and stays out. Answers how many sessions ended, and a token for a new password. Errors: 409
/// `email_taken`, 410 `link_invalid`, 503.
pub async fn change_back(auth: &Auth, visitor: &Visitor, token: &str) -> Result<(u64, String), Error> {
    let link = links::find(auth, Purpose::UndoEmail, token).await?;
    let now = clock::now();
    let (new_token, lock) = links::lock(auth, link.user_id, now);
    let ending = session::ending(EndReason::Revoked, None, now);
    let does = LinkUse::EmailBack { old: email_of(&link)?, ending: ending.clone(), lock };
    let used = use_link(auth, visitor, &link, Purpose::UndoEmail, does, SecurityEventKind::EmailChangedBack).await?;
    let revoked = announce::gone(auth, used.ended, &ending);
    Ok((revoked, new_token.0.clone()))
}

/// Nobody's mailbox is filled from here. Errors: 429.
async fn few(auth: &Auth, me: &SignedIn, visitor: &Visitor, purpose: Purpose, to: &str) -> Result<(), Error> {
    let now = clock::now();
    attempts::from_address(auth, visitor).await?;
    if post::may_ask_for(auth, purpose, me.user_id, to, now).await? {
        Ok(())
    } else {
        Err(Error::TooManyAttempts { retry_after: 3_600 })
    }
}

fn email_of(link: &links::Live) -> Result<String, Error> {
    let detail: Detail = serde_json::from_str(&link.detail).map_err(|_| Error::busy())?;
    Ok(detail.email)
}

async fn use_link(
    auth: &Auth,
    visitor: &Visitor,
    link: &links::Live,
    purpose: Purpose,
    does: LinkUse,
    kind: SecurityEventKind,
) -> Result<Used, Error> {
    let event = caller::event(visitor, kind, None, None);
    let used = auth.store.use_link(link.token_hash, purpose.as_str(), clock::now(), does, event).await?;
    auth.mail_waits.notify_one();
    used.ok_or(Error::LinkInvalid { why: LinkFault::Used })
}
