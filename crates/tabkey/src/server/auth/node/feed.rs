//! Following the feed: what any node or the command line ended or changed, known here at once. Runs in: the server.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;
use uuid::Uuid;

use super::state::Auth;
use crate::server::{
    clock,
    store::{Listener, Notice, RevocationRow, Store, StoreError},
};
use tabkey_core::{EndReason, Ended};
use tabkey_verifier::trust::{self, AllEnded, Ending};

/// Rows read at a time.
const PAGE: i64 = 10_000;
/// How often the whole live part is read again, should a notice ever be lost.
const READ_AGAIN_EVERY: Duration = Duration::from_secs(60);
/// How long to wait before listening anew.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// Runs until the node is gone.
pub async fn follow(auth: Weak<Auth>) {
    let mut was_silent = false;
    while let Some(store) = auth.upgrade().map(|auth| auth.store.clone()) {
        match listen(&auth, &store).await {
            Err(_) if is_closing(&auth) => return,
            Ok((listener, read_to)) => {
                if was_silent {
                    tracing::info!("the feed speaks again");
                }
                was_silent = false;
                let Err(error) = hear(&auth, listener, read_to).await else { return };
                if is_closing(&auth) {
                    return;
                }
                tracing::warn!(?error, "the feed broke off");
            }
            Err(error) if !was_silent => {
                was_silent = true;
                tracing::warn!(?error, "the feed cannot be heard: after 5 s every request asks the database");
            }
            Err(_) => {}
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

fn is_closing(auth: &Weak<Auth>) -> bool {
    auth.upgrade().is_none_or(|auth| auth.closing.is_cancelled())
}

/// Reads the keys, and everything that is live, into memory; answers the last row. Errors: then memory is not trusted.
pub async fn read_all(auth: &Arc<Auth>) -> Result<i64, StoreError> {
    auth.keys.read(&auth.store).await?;
    let mark = auth.revocations.mark();
    let read_to = read_after(auth, 0).await?;
    auth.revocations.is_whole_since(mark);
    auth.revocations.heard(Instant::now());
    Ok(read_to)
}

/// Makes an ending known on this node: to the guard, and to the browsers that listen here.
pub fn end(auth: &Auth, user: Uuid, session: Uuid, ended: Ended, until: i64) {
    if auth.revocations.end(session, Ending { ended: ended.clone(), until }) {
        auth.events.session_ended(user, session, &ended);
        auth.services.tell(trust::Notice::ended(user, session, ended.reason.as_str(), ended.at, until));
    }
}

/// The same of all sessions of a person but one.
pub fn end_all(auth: &Auth, user: Uuid, all: AllEnded) {
    if auth.revocations.end_all(user, all.clone()) {
        auth.events.all_ended(user, all.below, all.kept, &all.ended);
        auth.services.tell(trust::Notice::all_ended(user, &all));
    }
}

/// What was told before the listener is there is in the table, what is told after is heard.
async fn listen(auth: &Weak<Auth>, store: &Store) -> Result<(Listener, i64), StoreError> {
    let listener = store.listen().await?;
    let read_to = match auth.upgrade() {
        Some(auth) => read_all(&auth).await?,
        None => 0,
    };
    Ok((listener, read_to))
}

/// `Ok` when the node is gone. Nothing here waits for a query, whatever is heard: the next notice may be a revocation, and a
/// busy database must not make a node deaf.
async fn hear(auth: &Weak<Auth>, mut listener: Listener, mut read_to: i64) -> Result<(), StoreError> {
    let mut read_at = Instant::now();
    let mut looking: Option<JoinHandle<Result<i64, StoreError>>> = None;
    loop {
        let notice = listener.next().await?;
        let Some(auth) = auth.upgrade() else { return Ok(()) };
        match notice {
            Notice::Revocation(row) => take(&auth, row),
            // On one file, where alone this is said, rows become visible in the order of their ids.
            Notice::Look => {
                // One look at a time: where the last one is still under way, it is as good.
                if looking.as_ref().is_none_or(JoinHandle::is_finished) {
                    if let Some(last) = looking.take() {
                        read_to = last.await.map_err(|died| StoreError::Unavailable(died.to_string()))??;
                    }
                    looking = Some(tokio::spawn(look(auth.clone(), read_to)));
                }
                drop(tokio::spawn(read_keys(auth.clone())));
                continue;
            }
            Notice::DevicesChanged { user, new } => auth.events.devices_changed(user, new),
            Notice::KeysChanged => drop(tokio::spawn(read_keys(auth.clone()))),
            Notice::Beat => {}
        }
        auth.revocations.heard(Instant::now());
        if read_at.elapsed() >= READ_AGAIN_EVERY {
            read_at = Instant::now();
            // Beside the listening, for it may take longer than the silence that is allowed.
            tokio::spawn(async move { read_all(&auth).await });
        }
    }
}

/// Reads what another process may have added to the file; only that it could shows that memory is up to date. Answers the
/// last row.
async fn look(auth: Arc<Auth>, read_to: i64) -> Result<i64, StoreError> {
    let began = Instant::now();
    let read_to = read_after(&auth, read_to).await?;
    auth.revocations.heard(began);
    Ok(read_to)
}

/// Beside the listening too, and until it works: what a busy database answers late must not make a node deaf.
async fn read_keys(auth: Arc<Auth>) {
    while !auth.closing.is_cancelled() && auth.keys.read(&auth.store).await.is_err() {
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

async fn read_after(auth: &Arc<Auth>, mut read_to: i64) -> Result<i64, StoreError> {
    loop {
        let rows = auth.store.list_live_revocations(read_to, clock::now(), PAGE).await?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(read_to) };
        read_to = last;
        for row in rows {
            take(auth, row);
        }
    }
}

fn take(auth: &Arc<Auth>, row: RevocationRow) {
    let ended = || Ended {
        reason: EndReason::of_ending(row.reason.as_deref()),
        at: clock::seconds(row.at),
        by: row.ended_by.clone(),
    };
    match (row.session_id, row.min_claims_version) {
        (Some(session), _) => end(auth, row.user_id, session, ended(), row.until),
        (None, Some(below)) if row.reason.is_some() => {
            end_all(auth, row.user_id, AllEnded { below, kept: row.kept_session_id, ended: ended(), until: row.until });
        }
        (None, Some(minimum)) => {
            if auth.revocations.raise(row.user_id, minimum, row.until) {
                auth.services.tell(trust::Notice::raised(row.user_id, minimum, clock::seconds(row.at), row.until));
                if auth.events.has_listeners(row.user_id) {
                    tokio::spawn(tell_roles(auth.clone(), row.user_id, minimum));
                }
            }
        }
        // Of a newer version.
        (None, None) => {}
    }
}

async fn tell_roles(auth: Arc<Auth>, user: Uuid, version: i64) {
    if let Ok(roles) = auth.store.find_roles(user).await {
        auth.events.roles_changed(user, version, &roles);
    }
}
