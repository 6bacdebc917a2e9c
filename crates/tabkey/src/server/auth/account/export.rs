//! How a person's account stands, and a copy of all that is kept of them. Runs in: the server.

use serde_json::json;

use crate::server::{
    auth::{
        caller::{self, SignedIn, Visitor},
        node::Auth,
    },
    clock,
    store::{KeptSession, Page, SecurityEventKind},
};
use tabkey_core::{Account, Error};

/// Of each kind, in a copy: far more than anybody has, far less than hurts.
const COPIED: i64 = 10_000;

pub async fn look(auth: &Auth, me: &SignedIn) -> Result<Account, Error> {
    let user = auth.store.find_user(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    Ok(Account {
        email: user.email,
        email_verified: user.email_verified_at.is_some(),
        display_name: user.display_name,
        created_at: clock::seconds(user.created_at),
    })
}

/// Everything kept on the caller, but what would let somebody sign in as them; of what is more than ten thousand, how many
/// were left out. Times are unix seconds. Errors: 503, also where others are at it.
pub async fn export(auth: &Auth, me: &SignedIn, visitor: &Visitor) -> Result<serde_json::Value, Error> {
    let _room = auth.exports.try_acquire().map_err(|_| Error::busy())?;
    let event = caller::event(visitor, SecurityEventKind::Exported, Some(me.user_id), Some(me.session_id));
    auth.store.save_event(event).await?;
    let user = auth.store.find_user(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    let roles = auth.store.find_roles(me.user_id).await?;
    let kept = auth.store.find_kept(me.user_id).await?.ok_or(Error::TokenInvalid)?;
    let sessions = auth.store.list_kept_sessions(me.user_id, COPIED).await?;
    let log = auth.store.list_events(Page { after: None, limit: COPIED }, None, Some(me.user_id)).await?;
    let log: Vec<_> = log
        .into_iter()
        .map(|row| {
            json!({
                "at": clock::seconds(row.at), "kind": row.kind, "session": row.session_id, "device": row.device,
                "address": row.address, "detail": row.detail,
            })
        })
        .collect();
    let mut copy = json!({
        "account": {
            "id": user.id,
            "email": user.email,
            "email_verified_at": user.email_verified_at.map(clock::seconds),
            "display_name": user.display_name,
            "created_at": clock::seconds(user.created_at),
            "delete_at": user.delete_at.map(clock::seconds),
            "sign_in_after": kept.sign_in_after.map(clock::seconds),
            "password_disabled_at": user.password_disabled_at.map(clock::seconds),
            "roles": roles,
        },
        "sessions": sessions.iter().map(session_copy).collect::<Vec<_>>(),
        "sessions_left_out": left_out(kept.sessions, sessions.len()),
        "log_left_out": left_out(kept.lines, log.len()),
        "log": log,
    });
    let own = auth.store.export_own(me.user_id).await?;
    if !own.is_null() {
        copy["app"] = own;
    }
    Ok(copy)
}

fn left_out(kept: i64, copied: usize) -> i64 {
    (kept - i64::try_from(copied).unwrap_or(i64::MAX)).max(0)
}

fn session_copy(row: &KeptSession) -> serde_json::Value {
    json!({
        "id": row.id, "name": row.name, "browser": row.browser, "os": row.os, "kind": row.kind,
        "user_agent": row.user_agent, "address": row.address,
        "created_at": clock::seconds(row.created_at), "last_used_at": clock::seconds(row.last_used_at),
        "expires_at": clock::seconds(row.expires_at), "ended_at": row.ended_at.map(clock::seconds),
        "end_reason": row.end_reason, "ended_by": row.ended_by,
    })
}
