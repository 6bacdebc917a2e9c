//! Following the feed: what any node or the command line ended or changed, known here at once. Runs in: the server.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{Auth, clock};
use crate::{
    server::store::{Listener, Notice, RevocationRow, Store, StoreError},
    shared::{EndReason, Ended},
    verify::{self, Ending},
};

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
            Ok((listener, read_to)) => {
                if was_silent {
                    tracing::info!("the feed speaks again");
                }
                was_silent = false;
                let Err(error) = hear(&auth, listener, read_to).await else { return };
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
        auth.services.tell(verify::Notice::ended(user, session, ended.reason.as_str(), ended.at, until));
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

/// `Ok` when the node is gone.
async fn hear(auth: &Weak<Auth>, mut listener: Listener, mut read_to: i64) -> Result<(), StoreError> {
    let mut read_at = Instant::now();
    loop {
        let notice = listener.next().await?;
        let Some(auth) = auth.upgrade() else { return Ok(()) };
        match notice {
            Notice::Revocation(row) => take(&auth, row).await,
            // On one file, where alone this is said, rows become visible in the order of their ids.
            Notice::Look => {
                read_to = read_after(&auth, read_to).await?;
                auth.keys.read(&auth.store).await?;
            }
            Notice::DevicesChanged { user, new } => auth.events.devices_changed(user, new),
            Notice::KeysChanged => auth.keys.read(&auth.store).await?,
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

async fn read_after(auth: &Arc<Auth>, mut read_to: i64) -> Result<i64, StoreError> {
    loop {
        let rows = auth.store.list_live_revocations(read_to, clock::now(), PAGE).await?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(read_to) };
        read_to = last;
        for row in rows {
            take(auth, row).await;
        }
    }
}

async fn take(auth: &Arc<Auth>, row: RevocationRow) {
    if let (Some(session), Some(reason)) = (row.session_id, row.reason.as_deref().and_then(EndReason::parse)) {
        end(auth, row.user_id, session, Ended { reason, at: clock::seconds(row.at), by: row.ended_by }, row.until);
    } else if let Some(minimum) = row.min_claims_version
        && auth.revocations.raise(row.user_id, minimum, row.until)
    {
        auth.services.tell(verify::Notice::raised(row.user_id, minimum, clock::seconds(row.at), row.until));
        if auth.events.has_listeners(row.user_id)
            && let Ok(roles) = auth.store.find_roles(row.user_id).await
        {
            auth.events.roles_changed(row.user_id, &roles);
        }
    }
}
