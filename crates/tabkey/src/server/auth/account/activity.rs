//! A person's own part of the security log, and what to do about a line of it that was not theirs. Runs in: the server.

use serde::Deserialize;
use uuid::Uuid;

use super::links;
use crate::server::{
    auth::{
        caller::{self, SignedIn, Visitor},
        node::Auth,
        session::{self, announce, devices::own_name},
    },
    clock,
    mail::Purpose,
    store::{LinkUse, LogRow, Page, SecurityEventKind},
};
use tabkey_core::{Activity, EndReason, Error, FieldError, LinkFault};

/// Lines at a time.
const PAGE: i64 = 50;

/// The newest first, before the line `before` where one is named. Errors: 422, 503.
pub async fn list(auth: &Auth, me: &SignedIn, before: &str) -> Result<Vec<Activity>, Error> {
    let after = match before {
        "" => None,
        id => Some(number("before", id)?),
    };
    let rows = auth.store.list_events(Page { after, limit: PAGE }, None, Some(me.user_id)).await?;
    Ok(rows.into_iter().map(|row| line(row, me.session_id)).collect())
}

/// Ends what has begun since that line, and the session that did it, but not this one; answers how many. The operators are
/// told. Once for each line: again, it does nothing and answers 0. Links to a new password stay good: this proves neither the
/// mailbox nor the password at this moment. Errors: 401 `session_ended`, 404 for a line that is not the caller's, 422, 503.
pub async fn not_me(auth: &Auth, me: &SignedIn, visitor: &Visitor, id: &str) -> Result<u64, Error> {
    let row = auth.store.find_event(number("id", id)?, me.user_id).await?.ok_or(Error::NotFound)?;
    let ending = session::ending(EndReason::Revoked, own_name(auth, me).await?, clock::now());
    let mut event = caller::event(visitor, SecurityEventKind::NotMe, Some(me.user_id), Some(me.session_id));
    event.detail = Some(row.kind.clone());
    let ended = auth.store.disown(&row, me.caller(), ending.clone(), event).await?;
    auth.mail_waits.notify_one();
    let revoked = ended.len() as u64;
    announce::these(auth, ended, &ending);
    Ok(revoked)
}

/// What a link of a mail about an occasion knows.
#[derive(Deserialize)]
struct Occasion {
    since: i64,
    session: Option<Uuid>,
}

/// By a link, without signing in: what has begun since the occasion ends, and the password opens the account no more, so that
/// nothing in a session that stays can undo this; answers how many sessions ended, and a token for a new one, which ends them
/// all. Errors: 410 `link_invalid`, 503.
pub async fn not_me_by_link(auth: &Auth, visitor: &Visitor, token: &str) -> Result<(u64, String), Error> {
    let link = links::find(auth, Purpose::NotMe, token).await?;
    let Occasion { since, session } = serde_json::from_str(&link.detail).map_err(|_| Error::busy())?;
    let now = clock::now();
    let (new_token, lock) = links::lock(auth, link.user_id, now);
    let ending = session::ending(EndReason::Revoked, None, now);
    let event = caller::event(visitor, SecurityEventKind::NotMe, None, session);
    let does = LinkUse::NotMe { since, session, ending: ending.clone(), lock };
    let used = auth.store.use_link(link.token_hash, Purpose::NotMe.as_str(), now, does, event).await?;
    let used = used.ok_or(Error::LinkInvalid { why: LinkFault::Used })?;
    auth.mail_waits.notify_one();
    let revoked = announce::gone(auth, used.ended, &ending);
    Ok((revoked, new_token.0.clone()))
}

fn number(field: &str, text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::field(field, FieldError::Malformed))
}

fn line(row: LogRow, current: Uuid) -> Activity {
    Activity {
        id: row.id,
        at: clock::seconds(row.at),
        kind: row.kind,
        device: row.device,
        address: row.address,
        detail: row.detail,
        current: row.session_id == Some(current),
    }
}
