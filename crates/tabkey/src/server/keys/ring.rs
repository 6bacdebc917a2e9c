//! The keys as this node knows them now: read at start, and anew when they may have changed. Runs in: the server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::{ArcSwap, Guard};
use tokio::{sync::Mutex, time::timeout};
use zeroize::Zeroizing;

use super::{Keys, Rotate, random, rotation, seal, secret};
use crate::server::{
    StartError, clock,
    config::Config,
    store::{KeyRotation, KeyRow, NewKey, Store, StoreError},
};
use tabkey_core::Error;

/// Not oftener, whatever tokens come: an unknown key costs a stranger nothing.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How long the table may take while a request waits for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// The same while nobody does: a busy pool serves in turn, and who gives up early waits anew.
const LONG_PATIENCE: Duration = Duration::from_secs(10);

pub struct KeyRing {
    present: ArcSwap<Keys>,
    secret: Zeroizing<[u8; 32]>,
    /// Held during a read, so that no older answer replaces a newer one.
    reading: Mutex<()>,
    /// When a token last made this node read, and whether it could; held meanwhile, so that all who wait share one read.
    asked: Mutex<Option<(Instant, bool)>>,
}

impl KeyRing {
    /// Opens the keys in the database, making them on the first start. Errors: the secret is missing, malformed or not
    /// the one that sealed them.
    pub async fn open(store: &Store, config: &Config) -> Result<Self, StartError> {
        let broken = |error| StartError(format!("the keys could not be read from the database: {error:?}"));
        let mut rows = store.list_keys().await.map_err(broken)?;
        let secret = secret::find(config, rows.is_empty())?;
        if rows.is_empty() {
            store.create_keys(first_keys(&secret)).await.map_err(broken)?;
            rows = store.list_keys().await.map_err(broken)?;
        }
        let present = ArcSwap::from_pointee(opened(rows, &secret)?);
        Ok(Self { present, secret, reading: Mutex::default(), asked: Mutex::default() })
    }

    pub fn present(&self) -> Guard<Arc<Keys>> {
        self.present.load()
    }

    /// Reads the table. What was known stays where this fails. Errors: the database does not answer.
    pub async fn read(&self, store: &Store) -> Result<(), StoreError> {
        let _reading = self.reading.lock().await;
        let slow = |_| StoreError::Unavailable("the keys could not be read in time".into());
        let rows = timeout(LONG_PATIENCE, store.list_keys()).await.map_err(slow)??;
        let known = self.present();
        if known.rows == rows {
            return Ok(());
        }
        let mut keys = Keys::open(rows, &self.secret);
        let is_gone = |kid: &str| keys.verifying(kid).is_none();
        keys.removals = known.removals + u64::from(known.signing.iter().any(|key| is_gone(&key.kid)));
        if !keys.unreadable.is_empty() {
            tracing::error!(ids = ?keys.unreadable, "keys in the database do not open: another secret than this node's sealed them");
        }
        tracing::debug!(signing = keys.signing.len(), refresh = keys.refresh.len(), "the keys changed");
        self.present.store(Arc::new(keys));
        Ok(())
    }

    /// For a token under a key that is not known here: reads the table, unless a token made this node do so a moment ago.
    /// Errors: 503 where it cannot be read.
    pub async fn read_again(&self, store: &Store) -> Result<(), Error> {
        let mut asked = self.asked.lock().await;
        let could = match *asked {
            Some((at, could)) if at.elapsed() < AGAIN_AFTER => could,
            _ => {
                metrics::counter!("tabkey_key_reads_total").increment(1);
                let could = matches!(timeout(PATIENCE, self.read(store)).await, Ok(Ok(())));
                *asked = Some((Instant::now(), could));
                could
            }
        };
        if could { Ok(()) } else { Err(Error::busy()) }
    }

    /// What a rotation at `now` writes; `None` on a node that cannot open every key: it must not make others.
    pub fn plan(&self, rotate: Rotate, publish_ahead: i64, now: i64) -> Option<KeyRotation> {
        let keys = self.present();
        keys.unreadable.is_empty().then(|| rotation::plan(&keys.rows, &self.secret, rotate, publish_ahead, now))
    }
}

/// Whether these rows would open at a start, which makes nothing: what a start would make of its own.
pub fn check(rows: Vec<KeyRow>, config: &Config) -> Result<Option<&'static str>, StartError> {
    let is_first_start = rows.is_empty();
    match secret::look(config, is_first_start)? {
        None => Ok(Some("the secret and the keys")),
        Some(_) if is_first_start => Ok(Some("the keys")),
        Some(secret) => opened(rows, &secret).map(|_| None),
    }
}

fn opened(rows: Vec<KeyRow>, secret: &[u8; 32]) -> Result<Keys, StartError> {
    let keys = Keys::open(rows, secret);
    if keys.unreadable.is_empty() {
        return Ok(keys);
    }
    Err(StartError(
        "TABKEY_SECRET_KEY is not the secret that sealed the keys in this database: start with the one used before, or see the README on signing everybody out".into(),
    ))
}

/// One key of each kind. Ids are fixed, so that two processes which start at once agree on the same pair.
fn first_keys(secret: &[u8; 32]) -> Vec<NewKey> {
    let now = clock::now();
    let new = |id, kind| NewKey {
        id,
        kind,
        sealed: seal::seal(secret, kind, id, &random()),
        created_at: now,
        active_from: now,
    };
    vec![new(1, "refresh"), new(2, "signing")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{SecurityEvent, SecurityEventKind};

    fn event() -> SecurityEvent {
        SecurityEvent {
            at: 0,
            kind: SecurityEventKind::KeysRotated,
            user_id: None,
            actor_id: None,
            session_id: None,
            device: None,
            address: None,
            detail: None,
        }
    }

    /// Two nodes on one file that do not hear of each other.
    async fn two_nodes(folder: &tempfile::TempDir) -> (Store, KeyRing, KeyRing) {
        let mut config = Config::for_tests();
        config.store.url = format!("sqlite:{}", folder.path().join("test.db").display()).into();
        let store = Store::open(&config.store.url, None, 2, &Default::default()).await.unwrap();
        let one = KeyRing::open(&store, &config).await.unwrap();
        let other = KeyRing::open(&store, &config).await.unwrap();
        (store, one, other)
    }

    #[tokio::test]
    async fn two_rotations_at_once_are_one() {
        let folder = tempfile::tempdir().unwrap();
        let (store, one, other) = two_nodes(&folder).await;
        let first = one.plan(Rotate::Ahead, 1_000, 10).unwrap();
        let second = other.plan(Rotate::Ahead, 1_000, 20).unwrap();

        assert!(store.rotate_keys(first, event()).await.unwrap());
        assert!(!store.rotate_keys(second, event()).await.unwrap());

        one.read(&store).await.unwrap();
        let keys = one.present();
        let signing: Vec<_> = keys.signing.iter().map(|key| (key.row, key.period.retired_at)).collect();
        assert_eq!(signing, [(2, Some(1_010)), (256, None)]);
        assert_eq!(keys.refresh.iter().map(|key| key.id).collect::<Vec<_>>(), [3, 1]);
        store.close().await;
    }

    #[tokio::test]
    async fn an_unknown_key_is_looked_for_once_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let (store, one, other) = two_nodes(&folder).await;
        let rotate = async || {
            other.read(&store).await.unwrap();
            let rotation = other.plan(Rotate::Now, 1_000, clock::now()).unwrap();
            assert!(store.rotate_keys(rotation, event()).await.unwrap());
        };
        let known = || one.present().signing.len();

        rotate().await;
        one.read_again(&store).await.unwrap();
        assert_eq!(known(), 2);
        rotate().await;
        one.read_again(&store).await.unwrap();
        assert_eq!(known(), 2);
        one.asked.lock().await.as_mut().unwrap().0 -= AGAIN_AFTER;
        one.read_again(&store).await.unwrap();
        assert_eq!(known(), 3);
        store.close().await;
    }
}
