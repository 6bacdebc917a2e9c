//! Memory, and with it the database, forgets what can matter to nobody any more. Runs in: the server.

use std::{
    sync::PoisonError,
    time::{Duration, Instant},
};

use super::{attempts, keys, open::save_token_life, state::Auth};
use crate::server::{
    clock::{self, millis},
    store::{Dead, StoreError},
};

/// How long a session that is over stays on record, in milliseconds: 90 days.
const KEEP_DEAD_SESSIONS: i64 = 90 * 86_400_000;
/// How long a link that ran out can still say so: 7 days.
const KEEP_DEAD_LINKS: i64 = 7 * 86_400_000;
/// Rows forgotten in one statement: nobody waits for it, whatever it is waited with.
const BITE: u32 = 500;
/// For so long one round goes on at most; the next one begins a minute after it began.
const BUDGET: Duration = Duration::from_secs(45);
/// Milliseconds.
const HOUR: i64 = 3_600_000;

impl Auth {
    /// One round. Where the clock was set and nobody else says so, nothing is forgotten: what is gone does not come back.
    pub async fn clean_up(&self) {
        if clock::is_doubted() {
            if let Ok(Some(now)) = self.store.clock().await {
                clock::hear(now);
            }
            if clock::is_doubted() {
                return;
            }
        }
        let (began, now) = (Instant::now(), clock::now());
        self.revocations.forget(now);
        self.touches.forget(now);
        keys::clean_up(self, now).await;
        let tidied = async {
            self.store.delete_dead_token_lives(now).await?;
            save_token_life(self).await?;
            attempts::clean_up(self).await?;
            forget(self, now, began).await?;
            // It goes on where the last round ran out of time, so that accounts that the application holds on to keep no others.
            let mut last = *self.deleted_up_to.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                last = self.store.delete_accounts(last, now).await?;
                *self.deleted_up_to.lock().unwrap_or_else(PoisonError::into_inner) = last;
                if last.is_none() || began.elapsed() >= BUDGET {
                    break;
                }
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = tidied.await {
            tracing::warn!(?error, "what is old could not be forgotten: it is tried again in a minute");
        }
    }
}

/// Of each kind in turn, so that a flood of one keeps none of the others. Errors: 503.
async fn forget(auth: &Auth, now: i64, began: Instant) -> Result<(), StoreError> {
    let log = now - millis(auth.config.accounts.log_kept_for);
    let mut kinds = vec![
        (Dead::EndedSessions, now - KEEP_DEAD_SESSIONS),
        (Dead::ExpiredSessions, now - KEEP_DEAD_SESSIONS),
        (Dead::Revocations, now),
        (Dead::Addresses, now),
        (Dead::Events, log),
        (Dead::Links, now - KEEP_DEAD_LINKS),
        (Dead::Notices, now),
        (Dead::Mailboxes, now - HOUR),
    ];
    while !kinds.is_empty() && began.elapsed() < BUDGET {
        let mut more = Vec::new();
        for (dead, before) in kinds {
            let bite = Instant::now();
            let forgotten = auth.store.delete_dead(dead, before, BITE).await?;
            if forgotten > 0 {
                tracing::debug!(?dead, forgotten, "forgot what is old");
            }
            if forgotten >= u64::from(BITE) {
                more.push((dead, before));
                // The writer is everybody else's for as long.
                tokio::time::sleep(bite.elapsed()).await;
            }
        }
        kinds = more;
    }
    Ok(())
}
