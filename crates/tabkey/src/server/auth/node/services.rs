//! What other services are told while they listen: all that ends or changes, as this node hears of it. Runs in: the server.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use tokio::{
    sync::{
        OwnedSemaphorePermit, Semaphore,
        broadcast::{self, Receiver, Sender},
    },
    time::{Interval, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::state::Auth;
use crate::server::{auth::caller::Secret, clock, config::Service, store::RevocationRow};
use tabkey_core::{EndReason, Ended, Error, FieldError};
use tabkey_verifier::trust::{AllEnded, Notice};

/// Notices that a listener may be behind, about 150 bytes each and held once for all; past that its stream is cut, and it
/// catches up from the table.
const BEHIND: usize = 4_096;
/// Streams of one service on a node: each of its processes needs one, and a token that went astray must not use up a node.
const PER_SERVICE: usize = 1_024;
/// Seconds before a service with too many streams may try again.
const TOO_MANY: u32 = 30;
/// Rows of the table read at a time, for each stream that begins.
const PAGE: i64 = 1_000;
/// By which scanners of repositories know a token that went astray.
const PREFIX: &str = "tks_";
/// How often a stream shows that it lives: a fraction of the silence after which a service trusts it no more.
const BEAT: Duration = Duration::from_secs(1);

/// The services that may listen, and the streams that are open here.
pub struct Services {
    known: Vec<Known>,
    news: Sender<Notice>,
    stopping: CancellationToken,
}

/// A service, and how many more streams it may open here.
pub struct Known {
    service: Service,
    room: Arc<Semaphore>,
}

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

impl Known {
    pub fn name(&self) -> &str {
        &self.service.name
    }
}

impl Services {
    pub fn new(known: Vec<Service>) -> Self {
        let behind = if known.is_empty() { 1 } else { BEHIND };
        let known = known.into_iter().map(|service| Known { service, room: Arc::new(Semaphore::new(PER_SERVICE)) });
        Self { known: known.collect(), news: broadcast::channel(behind).0, stopping: CancellationToken::new() }
    }

    /// The service that holds this token. Errors: 401 `token_invalid`.
    pub fn admit(&self, token: &Secret) -> Result<&Known, Error> {
        let hash: [u8; 32] = Sha256::digest(&token.0).into();
        // All are compared, each to its end, so that the time taken tells nothing.
        let found = self
            .known
            .iter()
            .fold(None, |found, known| if is_equal(&known.service.token_hash, &hash) { Some(known) } else { found });
        found.ok_or(Error::TokenInvalid)
    }

    /// How many streams are open.
    pub fn count(&self) -> usize {
        self.known.iter().map(|known| PER_SERVICE - known.room.available_permits()).sum()
    }

    pub fn tell(&self, notice: Notice) {
        // Nobody listens: fine.
        let _ = self.news.send(notice);
    }

    /// Ends every stream, so that the node can stop; services listen elsewhere.
    pub fn close(&self) {
        self.stopping.cancel();
    }
}

/// In a time that does not depend on where they differ.
fn is_equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    std::hint::black_box(a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b))) == 0
}

/// A new token of 256 bits, and the entry of `server.services` that admits its holder. Errors: 422 for a name that is not
/// made of lower-case letters, digits, `_` and `-`, at most 64.
pub fn create(name: &str) -> Result<(Secret, String), Error> {
    if !is_name(name) {
        return Err(Error::field("name", FieldError::Malformed));
    }
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|_| Error::busy())?;
    let token = Secret(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)));
    let hash: String = Sha256::digest(&token.0).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((token, format!("{name}:{hash}")))
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
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
    use crate::server::{config::Config, mail::ENGLISH};

    fn services(entries: &[&str]) -> Services {
        let parse = |entry: &&str| Service::parse(entry).unwrap();
        Services::new(entries.iter().map(parse).collect())
    }

    #[test]
    fn only_the_token_itself_admits() {
        let (token, entry) = create("pension").unwrap();
        let (other, _) = create("pension").unwrap();
        let services = services(&[&entry]);

        let admit = |token: &Secret| services.admit(token).map(Known::name);
        assert_eq!(admit(&token), Ok("pension"));
        assert_eq!(admit(&other), Err(Error::TokenInvalid));
        let (_, hash) = entry.split_once(':').unwrap();
        assert_eq!(admit(&Secret(hash.into())), Err(Error::TokenInvalid));
        assert_eq!(admit(&Secret(String::new())), Err(Error::TokenInvalid));
    }

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

    #[test]
    fn a_name_is_plain() {
        for bad in ["", "two words", "a:b", "a,b", "Pension", &"a".repeat(65)] {
            assert!(create(bad).is_err(), "{bad}");
        }
    }
}
