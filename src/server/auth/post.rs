//! The post: sends what waits in the database, one mail at a time, until it is delivered or hopeless. Runs in: the server.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use serde_json::json;
use uuid::Uuid;

use super::{Auth, clock, links};
use crate::{
    server::{
        mail::{self, Letter, Occasion, Purpose, Written},
        store::{MailRow, NewMail, SecurityEvent, SecurityEventKind, StoreError, UserRow},
    },
    shared::Email,
};

/// How often a node looks for mails whose time has come, should nobody wake it.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Milliseconds that a mail is one node's alone: longer than a mail server may take.
const LEASE: i64 = 90_000;
const HOUR: i64 = 3_600_000;
/// Milliseconds after which a mail that cannot be delivered is given up.
const HOPELESS: i64 = 72 * HOUR;
/// Mails of one kind that somebody may ask for, per account and hour.
const ASKED_FOR: i64 = 3;

/// Runs until the node is gone.
pub async fn deliver(auth: Weak<Auth>) {
    loop {
        let Some(node) = auth.upgrade() else { return };
        while let Ok(true) = deliver_one(&node).await {}
        let mail_waits = node.mail_waits.clone();
        drop(node);
        let _ = tokio::time::timeout(LOOK_EVERY, mail_waits.notified()).await;
    }
}

/// False where nothing is to be sent now.
async fn deliver_one(auth: &Arc<Auth>) -> Result<bool, StoreError> {
    let now = clock::now();
    if !auth.store.has_mail(now).await? {
        return Ok(false);
    }
    let Some(row) = auth.store.claim_mail(now, now + LEASE).await? else { return Ok(false) };
    let Some((to, written)) = compose(auth, &row, now).await? else {
        auth.store.delete_mail(row.id).await?;
        return Ok(true);
    };
    match auth.mailer.send(row.id, &to, &written).await {
        Ok(()) => {
            metrics::counter!("tabkey_mails_total", "outcome" => "sent").increment(1);
            tracing::info!(mail = %row.id, subject = written.subject, "a mail was handed on");
            auth.store.delete_mail(row.id).await?;
        }
        Err(failure) if failure.is_final || now - row.created_at > HOPELESS => {
            metrics::counter!("tabkey_mails_total", "outcome" => "given_up").increment(1);
            tracing::error!(mail = %row.id, subject = written.subject, why = failure.why, "a mail is given up");
            auth.store.delete_mail(row.id).await?;
        }
        Err(failure) => {
            metrics::counter!("tabkey_mails_total", "outcome" => "postponed").increment(1);
            tracing::warn!(mail = %row.id, attempts = row.attempts, why = failure.why, "a mail could not be sent, and is tried again");
            auth.store.postpone_mail(row.id, now + pause(row.attempts)).await?;
        }
    }
    Ok(true)
}

/// Milliseconds until the next try: 5 s, then three times as long each time, at most an hour.
fn pause(attempts: i64) -> i64 {
    let times = u32::try_from(attempts.clamp(1, 10)).unwrap_or(10) - 1;
    (5_000 * 3_i64.pow(times)).min(HOUR)
}

/// To whom, and what; `None` where there is nobody to tell any more, or nothing.
async fn compose(auth: &Auth, row: &MailRow, now: i64) -> Result<Option<(String, Written)>, StoreError> {
    let Ok(letter) = serde_json::from_str::<Letter>(&row.letter) else { return Ok(None) };
    let Some(user) = reader(auth, row).await? else { return Ok(None) };
    let site = &auth.config.server.public_url;
    let link = match purpose(&letter, &user) {
        Some((purpose, detail)) => {
            if !may_ask_for(auth, purpose, user.id, now).await? {
                return Ok(None);
            }
            if let (Letter::ResetPassword(occasion), 1) = (&letter, row.attempts) {
                auth.store.save_event(asked(&user, occasion)).await?;
            }
            let (token, link) = links::new(purpose, row.id, user.id, detail, now);
            if !auth.store.create_link(link).await? {
                return Ok(None);
            }
            links::address(auth, purpose, &token)
        }
        None => match &letter {
            Letter::NotMe { .. } => format!("{site}/admin"),
            _ => format!("{site}/sign-in"),
        },
    };
    let to = match &letter {
        Letter::ConfirmEmail { email } => email.clone(),
        Letter::EmailChanged { old, .. } => old.clone(),
        // What stands in the account, never what somebody typed who asked for a new password.
        _ => user.email,
    };
    Ok(Some((to, mail::write(&letter, site, &link))))
}

/// Whether one more link for this purpose may go out now; what the server sends by itself always may.
pub(super) async fn may_ask_for(auth: &Auth, purpose: Purpose, user: Uuid, now: i64) -> Result<bool, StoreError> {
    let is_asked_for = matches!(purpose, Purpose::ResetPassword | Purpose::VerifyEmail | Purpose::ConfirmEmail);
    Ok(!is_asked_for || auth.store.count_links(user, purpose.as_str(), now - HOUR).await? < ASKED_FOR)
}

/// The account that a mail is about.
async fn reader(auth: &Auth, row: &MailRow) -> Result<Option<UserRow>, StoreError> {
    match (row.user_id, row.address.as_deref().map(Email::parse)) {
        (Some(user), _) => auth.store.find_user(user).await,
        // Asked for by address: only now, and unseen by whoever asked, it shows whether there is such an account.
        (None, Some(Ok(email))) => {
            let user = auth.store.find_user_by_email(email.as_str()).await?;
            Ok(user.filter(|user| user.blocked_at.is_none()))
        }
        _ => Ok(None),
    }
}

/// Only now is it known that there is such an account, for its owner's log.
fn asked(user: &UserRow, occasion: &Occasion) -> SecurityEvent {
    SecurityEvent {
        at: occasion.at,
        kind: SecurityEventKind::ResetAsked,
        user_id: Some(user.id),
        actor_id: None,
        session_id: None,
        device: occasion.device.clone(),
        address: occasion.address.clone(),
        detail: None,
    }
}

/// What the link in a letter is good for, and what it needs to know.
fn purpose(letter: &Letter, user: &UserRow) -> Option<(Purpose, String)> {
    let (purpose, detail) = match letter {
        Letter::ResetPassword(_) => (Purpose::ResetPassword, json!({})),
        Letter::VerifyEmail => (Purpose::VerifyEmail, json!({ "email": user.email })),
        Letter::ConfirmEmail { email } => (Purpose::ConfirmEmail, json!({ "email": email })),
        Letter::EmailChanged { old, .. } => (Purpose::UndoEmail, json!({ "email": old })),
        Letter::PasswordChanged(occasion) | Letter::NewDevice(occasion) | Letter::Reuse(occasion) => {
            (Purpose::NotMe, json!({ "since": occasion.at, "session": occasion.session }))
        }
        Letter::NotMe { .. } | Letter::Deletion { .. } => return None,
    };
    Some((purpose, detail.to_string()))
}

/// Puts a mail into the queue, and wakes the post.
pub async fn write(
    auth: &Auth,
    user_id: Option<Uuid>,
    address: Option<String>,
    letter: Letter,
) -> Result<(), StoreError> {
    let mail = NewMail { user_id, address, letter, at: clock::now() };
    auth.store.create_mail(mail).await?;
    auth.mail_waits.notify_one();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_mail_server_is_asked_ever_more_seldom() {
        let pauses: Vec<i64> = (1..=9).map(pause).collect();
        assert_eq!(pauses[..4], [5_000, 15_000, 45_000, 135_000]);
        assert_eq!((pauses[8], pause(0), pause(1_000)), (HOUR, 5_000, HOUR));
    }
}
