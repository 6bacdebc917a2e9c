//! A forgotten password: a link by mail, and a new password for it. Runs in: the server.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{common, links, new_password::check_new_password, post};
use crate::server::{
    auth::{
        caller::{self, Visitor, client},
        node::{Auth, attempts},
        session::{self, announce},
    },
    clock,
    mail::{Letter, Occasion, Purpose},
    store::{LinkUse, SecurityEventKind, UserRow},
};
use tabkey_core::{Email, EndReason, Error, FieldError, LinkFault, NewPassword};

/// Asks for a link. The reply, and the work until it, are the same whether or not there is such an account: that is found
/// out later, by the post. Errors: 422, 429, 503.
pub async fn ask(auth: &Auth, visitor: &Visitor, email: &str) -> Result<(), Error> {
    let email = Email::parse(email).map_err(|error| Error::field("email", error))?;
    let now = clock::now();
    attempts::from_address(auth, visitor).await?;
    let occasion = Occasion {
        at: now,
        session: None,
        device: Some(client::describe(visitor).name),
        address: Some(visitor.address.to_string()),
    };
    Ok(post::write(auth, None, Some(email.as_str().to_owned()), Letter::ResetPassword(occasion)).await?)
}

/// Sets a new password for the link's account and ends all its sessions; answers how many. Errors: 410 `link_invalid`, 422,
/// 429, 503.
pub async fn reset(auth: &Auth, visitor: &Visitor, token: &str, new: String) -> Result<u64, Error> {
    let new = Zeroizing::new(new);
    let now = clock::now();
    attempts::from_address(auth, visitor).await?;
    let link = links::find(auth, Purpose::ResetPassword, token).await?;
    let user = owner(auth, &link).await?;
    let (new, email) = parse(auth, &user, &new)?;
    check_new_password(auth, "new_password", &new, &email, &user.display_name).await?;
    let hash = auth.hasher.hash(Zeroizing::new(new.reveal().to_owned())).await?;
    let event = caller::event(visitor, SecurityEventKind::PasswordReset, None, None);
    let ending = session::ending(EndReason::PasswordChanged, None, now);
    let does = LinkUse::Password { hash, ending: ending.clone() };
    let used = auth.store.use_link(link.token_hash, Purpose::ResetPassword.as_str(), now, does, event).await?;
    // Another use came first.
    let used = used.ok_or(Error::LinkInvalid { why: LinkFault::Used })?;
    auth.mail_waits.notify_one();
    let revoked = announce::gone(auth, used.ended, &ending);
    if let Err(error) = attempts::know_by_mail(auth, visitor, &email).await {
        tracing::warn!(?error, "whoever has set a new password by mail is counted as a stranger");
    }
    Ok(revoked)
}

/// Errors: 410 where the account is gone.
async fn owner(auth: &Auth, link: &links::Live) -> Result<UserRow, Error> {
    auth.store.find_user(link.user_id).await?.ok_or(Error::LinkInvalid { why: LinkFault::Unknown })
}

fn parse(auth: &Auth, user: &UserRow, new: &str) -> Result<(NewPassword, Email), Error> {
    let email = Email::known(&user.email).map_err(|_| Error::busy())?;
    let wrong =
        |error: FieldError| Error::InvalidInput { fields: BTreeMap::from([("new_password".to_owned(), error)]) };
    let new = NewPassword::parse(new, &email, auth.name, auth.config.passwords.min_length, common::is_common)
        .map_err(wrong)?;
    Ok((new, email))
}
