//! Whether a node is to be sent requests, at a cost that strangers cannot raise. Runs in: the server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use crate::server::auth::{Auth, Health};

/// An answer costs a write to the database, and serves all who ask within so long. Short enough that a probe every second
/// sees the present.
const KEPT: Duration = Duration::from_millis(250);
/// Who probes does it at least so often.
const WATCHED: Duration = Duration::from_secs(60);

/// What `/readyz` remembers. Cheap to clone.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Inner>);

#[derive(Default)]
struct Inner {
    is_stopping: AtomicBool,
    asked: std::sync::Mutex<Option<Instant>>,
    /// Locked while a probe is under way: one at a time.
    last: Mutex<Option<(Instant, Health)>>,
}

impl Readiness {
    /// From now on the node says that it is not ready.
    pub fn stop(&self) {
        self.0.is_stopping.store(true, Ordering::Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.0.is_stopping.load(Ordering::Relaxed)
    }

    /// Whether anybody looks: somebody asked within the last minute.
    pub fn is_watched(&self) -> bool {
        self.asked().is_some_and(|asked| asked.elapsed() < WATCHED)
    }

    pub async fn health(&self, auth: &Auth) -> Health {
        *self.asked() = Some(Instant::now());
        self.of(|| auth.health()).await
    }

    async fn of<F: Future<Output = Health>>(&self, probe: impl FnOnce() -> F) -> Health {
        let mut last = self.0.last.lock().await;
        if let Some((at, health)) = *last
            && at.elapsed() < KEPT
        {
            return health;
        }
        let health = probe().await;
        *last = Some((Instant::now(), health));
        health
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::server::auth::KeyHealth;

    #[tokio::test]
    async fn r45_a_thousand_who_ask_at_once_share_one_probe() {
        let (readiness, probes) = (Readiness::default(), AtomicUsize::new(0));
        let probe = || async {
            probes.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
            Health { database: true, writer: true, keys: KeyHealth::Fine, gap: None }
        };

        let asked = futures::future::join_all((0..1_000).map(|_| readiness.of(probe))).await;

        assert!(asked.len() == 1_000 && asked.iter().all(|health| health.database));
        assert_eq!(probes.load(Ordering::Relaxed), 1);
        tokio::time::sleep(KEPT).await;
        readiness.of(probe).await;
        assert_eq!(probes.load(Ordering::Relaxed), 2, "an old answer is none");
    }
}
