//! Keys as an operator sees them, and how they are replaced: by command, by age, and once they are dead. Runs in: the server.

use super::state::Auth;
use crate::server::{
    clock,
    keys::{Keys, Period, Rotate},
    store::{SecurityEvent, SecurityEventKind, StoreError},
};
use tabkey_core::Error;

/// Commands that meet each other: each round one of them is done.
const ROUNDS: usize = 8;

/// One line of `tabkey keys list`.
pub struct Key {
    pub id: i64,
    /// `signing` or `refresh`.
    pub kind: String,
    /// Of a signing key.
    pub kid: Option<String>,
    pub state: State,
}

/// Times are unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Published, and makes tokens from then on.
    Next(i64),
    /// Makes tokens since then.
    Active(i64),
    /// Makes no more; what it made is honoured until then.
    Verifying(i64),
    /// Nothing that it made is alive: about to be removed.
    Retired,
    /// Another secret sealed it.
    Unreadable,
}

/// All of them, in the order of their ids.
pub fn list(auth: &Auth) -> Vec<Key> {
    let keys = auth.keys.present();
    let now = clock::now();
    let describe = |row: &crate::server::store::KeyRow| {
        let signing = keys.signing.iter().find(|key| key.row == row.id);
        let period = Period { active_from: row.active_from, retired_at: row.retired_at };
        let state = match row.retired_at.map(|retired_at| kept_until(auth, &row.kind, retired_at)) {
            _ if keys.unreadable.contains(&row.id) => State::Unreadable,
            Some(until) if until <= now => State::Retired,
            Some(until) if row.retired_at <= Some(now) => State::Verifying(until),
            _ if period.holds(now) => State::Active(row.active_from),
            _ => State::Next(row.active_from),
        };
        Key { id: row.id, kind: row.kind.clone(), kid: signing.map(|key| key.kid.clone()), state }
    };
    keys.rows.iter().map(describe).collect()
}

/// Makes new keys, and answers the `kid` of the one that signs next and since or from when. Errors: 503, also where this
/// node cannot open every key.
pub async fn rotate(auth: &Auth, rotate: Rotate) -> Result<(String, i64), Error> {
    let detail = match rotate {
        Rotate::Ahead => "by command",
        Rotate::Now => "by command, at once",
        Rotate::Compromised => "by command, compromised",
    };
    for _ in 0..ROUNDS {
        if try_to_rotate(auth, rotate, detail).await? {
            let keys = auth.keys.present();
            let youngest = keys.signing.last().ok_or_else(Error::busy)?;
            return Ok((youngest.kid.clone(), youngest.period.active_from));
        }
    }
    Err(Error::busy())
}

/// Once a minute: replaces keys that have come of age, and forgets those of which nothing is alive.
pub async fn clean_up(auth: &Auth, now: i64) {
    if is_due(auth, now) {
        match try_to_rotate(auth, Rotate::Ahead, "by age").await {
            Ok(true) => tracing::info!("the keys came of age and were rotated"),
            Ok(false) => {}
            Err(error) => tracing::warn!(?error, "the keys came of age and could not be rotated"),
        }
    }
    if let Err(error) = forget(auth, now).await {
        tracing::warn!(?error, "dead keys could not be removed");
    }
}

fn is_due(auth: &Auth, now: i64) -> bool {
    let tokens = &auth.config.tokens;
    let age = clock::millis(tokens.signing_key_lifetime) - clock::millis(tokens.publish_ahead);
    auth.keys.present().signing.last().is_none_or(|key| key.period.active_from + age <= now)
}

/// False where another process was first. Either way this node knows the new keys.
async fn try_to_rotate(auth: &Auth, rotate: Rotate, detail: &str) -> Result<bool, Error> {
    let now = clock::now();
    let rotation = auth.keys.plan(rotate, clock::millis(auth.config.tokens.publish_ahead), now).ok_or_else(|| {
        tracing::error!("the keys are not rotated by a node that cannot open them all");
        Error::busy()
    })?;
    let event = SecurityEvent {
        at: now,
        kind: SecurityEventKind::KeysRotated,
        user_id: None,
        actor_id: None,
        session_id: None,
        device: None,
        address: None,
        detail: Some(detail.to_owned()),
    };
    let rotated = auth.store.rotate_keys(rotation, event).await?;
    auth.keys.read(&auth.store).await?;
    Ok(rotated)
}

async fn forget(auth: &Auth, now: i64) -> Result<(), StoreError> {
    let [signing, refresh] = ["signing", "refresh"].map(|kind| now - kept_until(auth, kind, 0));
    let is_dead = |period: Period, before| period.retired_at.is_some_and(|retired| retired <= before);
    let any_dead = |keys: &Keys| {
        keys.signing.iter().any(|key| is_dead(key.period, signing))
            || keys.refresh.iter().any(|key| is_dead(key.period, refresh))
    };
    if any_dead(&auth.keys.present()) {
        let removed = auth.store.delete_dead_keys(signing, refresh).await?;
        tracing::info!(removed, "dead keys were removed");
        auth.keys.read(&auth.store).await?;
    }
    Ok(())
}

/// When the last token of a key that retired at `retired_at` is dead.
fn kept_until(auth: &Auth, kind: &str, retired_at: i64) -> i64 {
    if kind == "signing" { last_token_dead(auth, retired_at) } else { last_session_over(auth, retired_at) }
}

/// When every token made before `at` is dead, with a minute for clocks that differ.
fn last_token_dead(auth: &Auth, at: i64) -> i64 {
    at + clock::millis(auth.config.session.access_token_ttl) + 60_000
}

/// When every session begun before `at` is over, with the same minute.
fn last_session_over(auth: &Auth, at: i64) -> i64 {
    let limits = &auth.config.session;
    at + clock::millis(limits.absolute_lifetime.max(limits.shared_absolute_lifetime)) + 60_000
}
