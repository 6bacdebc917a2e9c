//! The post: sends what waits in the database, one mail at a time, until it is delivered or hopeless. Runs in: the server.

mod pace;
mod watch;

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use serde_json::json;
use uuid::Uuid;

use pace::Pace;
pub use pace::may_ask_for;
use watch::Watch;

use super::links;
use crate::server::{
    auth::node::{Auth, attempts::MOST_IN_A_ROW},
    clock,
    mail::{self, Given, Letter, Occasion, Purpose, Written},
    store::{MailRow, NewMail, SecurityEvent, SecurityEventKind, StoreError, UserRow},
};
use tabkey_core::Email;

/// How often a node looks for mails whose time has come, should nobody wake it.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Milliseconds that a mail is one node's alone: longer than a mail server may take.
const LEASE: i64 = 180_000;
const HOUR: i64 = 3_600_000;
/// Milliseconds after which a mail that cannot be delivered is given up.
const HOPELESS: i64 = 72 * HOUR;

/// Runs until the node is gone.
pub async fn deliver(auth: Weak<Auth>) {
    let mut watch = Watch::default();
    loop {
        let Some(node) = auth.upgrade() else { return };
        while let Ok(true) = deliver_one(&node).await {}
        node.mailer.rest().await;
        watch.look(&node).await;
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
    let (to, written) = match compose(auth, &row, now).await? {
        Composed::Mail(to, written) => (to, written),
        Composed::Unreadable => {
            postpone(auth, &row, now, "a later version wrote it".into()).await?;
            return Ok(true);
        }
        Composed::Later(_) if now - row.created_at > HOPELESS => {
            give_up(auth, &row, "the mailbox got too many of its kind".into()).await?;
            return Ok(true);
        }
        Composed::Later(until) => {
            metrics::counter!("tabkey_mails_total", "outcome" => "held").increment(1);
            auth.store.postpone_mail(row.id, until, false).await?;
            return Ok(true);
        }
        Composed::Nothing(why) => {
            metrics::counter!("tabkey_mails_total", "outcome" => "dropped").increment(1);
            tracing::info!(mail = %row.id, why, "a mail is dropped");
            auth.store.delete_mail(row.id).await?;
            return Ok(true);
        }
    };
    match auth.mailer.send(row.id, &to, &written).await {
        Ok(()) => {
            metrics::counter!("tabkey_mails_total", "outcome" => "sent").increment(1);
            tracing::info!(mail = %row.id, subject = written.subject, "a mail was handed on");
            auth.store.delete_mail(row.id).await?;
        }
        Err(failure) if failure.is_final => give_up(auth, &row, failure.why).await?,
        Err(failure) => {
            postpone(auth, &row, now, failure.why).await?;
            // Where nothing can be handed on, the others need not be tried now.
            return Ok(!failure.is_everybodys);
        }
    }
    Ok(true)
}

async fn postpone(auth: &Auth, row: &MailRow, now: i64, why: String) -> Result<(), StoreError> {
    if now - row.created_at > HOPELESS {
        return give_up(auth, row, why).await;
    }
    metrics::counter!("tabkey_mails_total", "outcome" => "postponed").increment(1);
    tracing::warn!(mail = %row.id, attempts = row.attempts, why, "a mail could not be sent, and is tried again");
    auth.store.postpone_mail(row.id, now + pause(row.attempts), true).await
}

async fn give_up(auth: &Auth, row: &MailRow, why: String) -> Result<(), StoreError> {
    metrics::counter!("tabkey_mails_total", "outcome" => "given_up").increment(1);
    tracing::error!(mail = %row.id, why, "a mail is given up");
    auth.store.delete_mail(row.id).await
}

/// Milliseconds until the next try: 5 s, then three times as long each time, at most an hour.
fn pause(attempts: i64) -> i64 {
    let times = u32::try_from(attempts.clamp(1, 10)).unwrap_or(10) - 1;
    (5_000 * 3_i64.pow(times)).min(HOUR)
}

/// What becomes of a row.
enum Composed {
    /// To whom, and what.
    Mail(String, Written),
    /// There is nobody to tell any more, or nothing: why.
    Nothing(&'static str),
    /// Another node may know what it says.
    Unreadable,
    /// Its reader has got enough for now.
    Later(i64),
}

async fn compose(auth: &Auth, row: &MailRow, now: i64) -> Result<Composed, StoreError> {
    let Ok(letter) = serde_json::from_str::<Letter>(&row.letter) else { return Ok(Composed::Unreadable) };
    let user = match reader(auth, row).await? {
        Ok(user) => user,
        Err(why) => return Ok(Composed::Nothing(why)),
    };
    // A notice has the address that was confirmed when it was written.
    let confirmed = row.address.as_ref().filter(|_| row.user_id.is_some());
    if letter.needs_confirmed() && confirmed.is_none() && user.email_verified_at.is_none() {
        return Ok(Composed::Nothing("nobody has confirmed the address"));
    }
    if matches!(letter, Letter::Deletion { .. }) && user.delete_at.is_none() {
        return Ok(Composed::Nothing("the account stays"));
    }
    let to = match &letter {
        Letter::ConfirmEmail { email } => email.clone(),
        Letter::EmailChanged { old, .. } => old.clone(),
        // What stands in the account, never what somebody typed who asked for a new password.
        _ => confirmed.unwrap_or(&user.email).clone(),
    };
    let site = &auth.config.server.public_url;
    let link = match purpose(&letter, &user) {
        Some((purpose, detail)) => {
            match pace::of(auth, row, purpose, user.id, &to, now).await? {
                Pace::Go => {}
                Pace::Hold => return Ok(Composed::Later(now + HOUR)),
                Pace::Enough => return Ok(Composed::Nothing("enough of its kind within the hour")),
            }
            if let (Letter::ResetPassword(occasion), 1) = (&letter, row.attempts) {
                auth.store.save_event(asked(&user, occasion)).await?;
            }
            let (token, link) = links::new(purpose, row.id, user.id, detail, now);
            if !auth.store.create_link(link).await? {
                return Ok(Composed::Nothing("the account was made safe meanwhile"));
            }
            links::address(auth, purpose, &token)
        }
        None => match &letter {
            Letter::NotMe { .. } => format!("{site}/admin"),
            // Read a day later it still leads on, which a link of half an hour would not.
            Letter::PasswordDisabled(_) => format!("{site}/forgot-password"),
            _ => format!("{site}/sign-in"),
        },
    };
    let given = Given { times: row.times, most_in_a_row: MOST_IN_A_ROW, site, link: &link };
    Ok(Composed::Mail(to, mail::write(auth.letters, &letter, given)))
}

/// The account that a mail is about, or why nobody is to be told.
async fn reader(auth: &Auth, row: &MailRow) -> Result<Result<UserRow, &'static str>, StoreError> {
    match (row.user_id, row.address.as_deref().map(Email::parse)) {
        (Some(user), _) => Ok(auth.store.find_user(user).await?.ok_or("the account is gone")),
        // Asked for by address: only now, and unseen by whoever asked, it shows whether there is such an account.
        (None, Some(Ok(email))) => match auth.store.find_user_by_email(email.as_str()).await? {
            None => Ok(Err("there is no such account")),
            Some(user) if user.blocked_at.is_some() => Ok(Err("the account is blocked")),
            Some(user) => Ok(Ok(user)),
        },
        _ => Ok(Err("it names nobody")),
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
        Letter::NotMe { .. } | Letter::Deletion { .. } | Letter::PasswordDisabled(_) => return None,
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
