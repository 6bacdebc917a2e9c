//! Hashing passwords: argon2id, never more at once than the node can bear. Runs in: the server.

mod cost;
mod memory;
mod work;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::Params;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::server::{StartError, config::Passwords};
use cost::Cost;
use tabkey_core::Error;
use work::Work;

/// Sign-ins that may wait for each permit before the node calls itself busy: some two seconds' worth.
const WAITING_PER_PERMIT: usize = 64;

pub struct Hasher {
    work: Arc<Work>,
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, and made at a lower cost than the configured one: here is a new hash.
    RightButCheap(String),
}

/// What to say at every start of a cost below OWASP's floor.
pub fn weakness(config: &Passwords) -> Option<String> {
    let cost = Cost { memory_kib: config.argon2_memory_kib, iterations: config.argon2_iterations };
    cost.is_weak().then(|| {
        format!(
            "passwords.argon2_memory_kib = {} and passwords.argon2_iterations = {} are below OWASP's floor: whoever steals the database guesses passwords cheaply; use 19456 and 2",
            cost.memory_kib, cost.iterations
        )
    })
}

impl Hasher {
    /// Errors: a cost that argon2 refuses.
    pub fn new(config: &Passwords) -> Result<Self, StartError> {
        let params = Params::new(config.argon2_memory_kib, config.argon2_iterations, 1, None).map_err(|error| {
            StartError(format!(
                "passwords.argon2_memory_kib and passwords.argon2_iterations are refused ({error}): use 19456 and 2"
            ))
        })?;
        let work = Work::new(params).map_err(|error| StartError(format!("argon2 does not work here ({error})")))?;
        Ok(Self {
            work: Arc::new(work),
            permits: Arc::new(Semaphore::new(config.hash_concurrency)),
            waiting: Arc::default(),
            most_waiting: config.hash_concurrency * (WAITING_PER_PERMIT + 1),
        })
    }

    /// A hash that no password has: an account with it is open to nobody until a new password is chosen.
    pub fn locked(&self) -> String {
        self.work.dummy().to_owned()
    }

    /// The hash to store, in PHC form.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, Error> {
        let work = self.work.clone();
        self.run(move || work.hash(password.as_bytes())).await
    }

    /// Compares with the hash of an account.
    pub async fn verify(&self, password: Zeroizing<String>, stored: String) -> Result<Verdict, Error> {
        let work = self.work.clone();
        self.run(move || work.verify(password.as_bytes(), &stored, true)).await
    }

    /// Takes as long as a wrong password, and says as little, where there is no account, or one that no password opens.
    pub async fn refuse(&self, password: Zeroizing<String>, stored: Option<String>) -> Result<(), Error> {
        let work = self.work.clone();
        let stored = stored.unwrap_or_else(|| self.locked());
        self.run(move || work.verify(password.as_bytes(), &stored, false)).await.map(drop)
    }

    /// Off the async threads. The permit goes into the closure: a client that hangs up frees it only when the hash is
    /// done. Errors: 503 when too many wait.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Place::take(&self.waiting, self.most_waiting)?;
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| Error::busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = (permit, place);
            work()
        });
        done.await.map_err(|_| Error::busy())?.map_err(|why| {
            tracing::error!(why, "a password could not be hashed");
            Error::busy()
        })
    }
}

/// A place in the queue, given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>, most: usize) -> Result<Self, Error> {
        let place = Self(waiting.clone());
        if waiting.fetch_add(1, Ordering::Relaxed) >= most { Err(Error::busy()) } else { Ok(place) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(memory: u32) -> Hasher {
        let config = Passwords { min_length: 15, argon2_memory_kib: memory, argon2_iterations: 1, hash_concurrency: 2 };
        Hasher::new(&config).unwrap()
    }

    fn secret(password: &str) -> Zeroizing<String> {
        Zeroizing::new(password.to_owned())
    }

    #[tokio::test]
    async fn only_the_right_password_of_an_account_is_right() {
        let hasher = hasher(64);
        let stored = hasher.hash(secret("a right one")).await.unwrap();

        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert_eq!(hasher.verify(secret("a right one"), stored.clone()).await, Ok(Verdict::Right));
        assert_eq!(hasher.verify(secret("a wrong one"), stored).await, Ok(Verdict::Wrong));
        assert_eq!(hasher.verify(secret("a right one"), hasher.locked()).await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn a_raised_cost_shows_at_the_next_verification() {
        let stored = hasher(64).hash(secret("a right one")).await.unwrap();

        let verdict = hasher(128).verify(secret("a right one"), stored).await.unwrap();

        assert!(matches!(verdict, Verdict::RightButCheap(new) if new.contains("m=128")));
    }
}
