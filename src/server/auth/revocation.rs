//! What this node knows to be over: read at every request, without a query. Runs in: the server.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use uuid::Uuid;

use super::clock;
use crate::{
    server::store::RevocationRow,
    shared::{EndReason, Ended},
};

/// Ended sessions and raised claims versions, each until the last access token that it concerns is dead. An entry takes
/// about 150 bytes; there are as many as sessions that ended within one token's life.
#[derive(Default)]
pub struct Revocations {
    live: RwLock<Live>,
}

#[derive(Default)]
struct Live {
    /// The last row of the feed that was read.
    read_to: i64,
    sessions: HashMap<Uuid, Entry>,
    claims_versions: HashMap<Uuid, (i64, i64)>,
}

struct Entry {
    ended: Ended,
    until: i64,
}

impl Revocations {
    /// How the session ended, if it did.
    pub fn ended(&self, session: Uuid) -> Option<Ended> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.sessions.get(&session).map(|entry| entry.ended.clone())
    }

    /// Whether a token with this claims version no longer says the truth about the user.
    pub fn is_stale(&self, user: Uuid, claims_version: i64) -> bool {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.claims_versions.get(&user).is_some_and(|(minimum, _)| claims_version < *minimum)
    }

    /// `until`: unix milliseconds at which the last token of the session is dead.
    pub fn add(&self, session: Uuid, ended: Ended, until: i64) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        live.sessions.entry(session).or_insert(Entry { ended, until });
    }

    /// Takes over rows of the feed; one that is known already changes nothing.
    pub fn load(&self, rows: Vec<RevocationRow>) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            live.read_to = live.read_to.max(row.id);
            if let (Some(session), Some(reason)) = (row.session_id, row.reason.as_deref().and_then(EndReason::parse)) {
                let ended = Ended { reason, at: clock::seconds(row.at), by: row.ended_by };
                live.sessions.entry(session).or_insert(Entry { ended, until: row.until });
            } else if let Some(minimum) = row.min_claims_version {
                let known = live.claims_versions.entry(row.user_id).or_insert((minimum, row.until));
                *known = (known.0.max(minimum), known.1.max(row.until));
            }
        }
    }

    /// The last row of the feed that was read.
    pub fn read_to(&self) -> i64 {
        self.live.read().unwrap_or_else(PoisonError::into_inner).read_to
    }

    /// Drops what concerns no living token at `now`.
    pub fn forget(&self, now: i64) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        live.sessions.retain(|_, entry| entry.until > now);
        live.claims_versions.retain(|_, (_, until)| *until > now);
    }
}
