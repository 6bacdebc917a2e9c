//! What another service is told while it listens: all that ends or changes, as this node hears of it. Runs in: the server.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, broadcast::Receiver},
    time::{Interval, MissedTickBehavior, interval},
};

use super::{services::Known, state::Auth};
use crate::server::{clock, store::RevocationRow};
use tabkey_core::{EndReason, Ended, Error};
use tabkey_verifier::trust::{AllEnded, Notice};

/// Seconds before a service with too many streams may try again.
const TOO_MANY: u32 = 30;
/// Rows of the table read at a time, for each stream that begins.
const PAGE: i64 = 1_000;
/// How often a stream shows that it lives: a fraction of the silence after which a service trusts it no more.
const BEAT: Duration = Duration::from_secs(1);

/// What a stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Revocation(Notice),
    /// Everything that is live has been said.
    Ready,
    /// This node's own feed has spoken since the last beat.
    Beat,
}

/// A service's end of a stream.
pub struct Subscription {
    auth: Arc<Auth>,
    news: Receiver<Notice>,
    ticks: Interval,
    /// When this node's feed had last spoken, at the last beat.
    heard_at: u64,
    /// The last row read of the table, until all are.
    reading: Option<i64>,
    rows: VecDeque<RevocationRow>,
    _permit: OwnedSemaphorePermit,
}

/// Opens a stream. Errors: 429 where the service has too many, 503 while this node does not trust its own feed.
pub fn listen(auth: &Arc<Auth>, service: &Known) -> Result<Subscription, Error> {
    let permit = service.room.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Error::TooManyAttempts { retry_after: TOO_MANY })?;
    // Before the table is read, so that nothing in between is missed.
    let news = auth.services.news.subscribe();
    if auth.revocations.gap(Instant::now()).is_some() {
        return Err(Error::busy());
    }
    let mut ticks = interval(BEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (reading, rows) = (Some(0), VecDeque::new());
    Ok(Subscription { auth: auth.clone(), news, ticks, heard_at: 0, reading, rows, _permit: permit })
}

impl Subscription {
    /// What is said next; `None` where the stream is to be cut: the node stops or does not trust its own feed, the database
    /// does not answer, or the service is too far behind.
    pub async fn next(&mut self) -> Option<Said> {
        loop {
            if self.auth.services.stopping.is_cancelled() || self.auth.revocations.gap(Instant::now()).is_some() {
                return None;
            }
            if let Some(row) = self.rows.pop_front() {
                match notice(row) {
                    Some(notice) => return Some(Said::Revocation(notice)),
                    None => continue,
                }
            }
            if let Some(after) = self.reading {
                let rows = self.auth.store.list_live_revocations(after, clock::now(), PAGE).await.ok()?;
                self.reading = rows.last().map(|row| row.id);
                self.rows = rows.into();
                if self.reading.is_none() {
                    return Some(Said::Ready);
                }
                continue;
            }
            tokio::select! {
                () = self.auth.services.stopping.cancelled() => {}
                notice = self.news.recv() => return notice.ok().map(Said::Revocation),
                _ = self.ticks.tick() => {
                    let heard_at = self.auth.revocations.heard_at();
                    if heard_at != self.heard_at {
                        self.heard_at = heard_at;
                        return Some(Said::Beat);
                    }
                }
            }
        }
    }
}

/// A row that says neither is from a newer version.
fn notice(row: RevocationRow) -> Option<Notice> {
    let (user, at, until) = (row.user_id, clock::seconds(row.at), row.until);
    match (row.session_id, row.min_claims_version) {
        (Some(session), _) => Some(Notice::ended(user, session, row.reason.unwrap_or_default(), at, until)),
        (None, Some(below)) if row.reason.is_some() => {
            let ended = Ended { reason: EndReason::of_ending(row.reason.as_deref()), at, by: row.ended_by };
            Some(Notice::all_ended(user, &AllEnded { below, kept: row.kept_session_id, ended, until }))
        }
        (None, Some(minimum)) => Some(Notice::raised(user, minimum, at, until)),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::server::{
        auth::{
            caller::Secret,
            node::services::{BEHIND, PER_SERVICE, create},
        },
        config::{Config, Service},
        mail::ENGLISH,
    };

    /// A node that one service may listen to, and the service's token.
    async fn node(folder: &tempfile::TempDir) -> (Arc<Auth>, Secret) {
        let (token, entry) = create("pension").unwrap();
        let mut config = Config::for_tests();
        config.store.url = format!("sqlite:{}", folder.path().join("test.db").display()).into();
        config.server.services.push(Service::parse(&entry).unwrap());
        (Auth::open(Arc::new(config), &ENGLISH, &Default::default()).await.unwrap(), token)
    }

    #[tokio::test]
    async fn a_token_that_went_astray_does_not_use_up_a_node() {
        let folder = tempfile::tempdir().unwrap();
        let (auth, token) = node(&folder).await;
        let pension = auth.services.admit(&token).unwrap();

        let mut open: Vec<_> = (0..PER_SERVICE).map(|_| listen(&auth, pension).unwrap()).collect();

        assert_eq!(auth.services.count(), PER_SERVICE);
        assert_eq!(listen(&auth, pension).err(), Some(Error::TooManyAttempts { retry_after: TOO_MANY }));
        open.pop();
        assert!(listen(&auth, pension).is_ok());
        auth.close().await;
    }

    #[tokio::test]
    async fn a_listener_that_is_too_far_behind_is_cut_and_catches_up_from_the_table() {
        let folder = tempfile::tempdir().unwrap();
        let (auth, token) = node(&folder).await;
        let pension = auth.services.admit(&token).unwrap();
        let mut slow = listen(&auth, pension).unwrap();
        assert_eq!(slow.next().await, Some(Said::Ready));
        let notice = |n: usize| Notice::raised(Uuid::from_u128(n as u128), 2, 0, 1_000);

        for n in 0..BEHIND {
            auth.services.tell(notice(n));
        }
        let mut told = 0;
        while told < BEHIND {
            match slow.next().await {
                Some(Said::Revocation(_)) => told += 1,
                said => assert_eq!(said, Some(Said::Beat)),
            }
        }
        for n in 0..=BEHIND {
            auth.services.tell(notice(n));
        }
        while let Some(said) = slow.next().await {
            assert_eq!(said, Said::Beat);
        }
        assert_eq!(listen(&auth, pension).unwrap().next().await, Some(Said::Ready));
        auth.close().await;
    }
}
