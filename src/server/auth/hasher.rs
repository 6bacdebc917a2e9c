//! Hashing passwords: argon2id, never more at once than the node can bear. Runs in: the server.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{
    server::{auth::StartError, config::Passwords},
    shared::Error,
};

/// Sign-ins that may wait for each permit before the node calls itself busy: some two seconds' worth.
const WAITING_PER_PERMIT: usize = 64;

pub struct Hasher {
    argon2: Argon2<'static>,
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
    /// A hash of the same cost that no password has, for accounts that do not exist.
    dummy: String,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, and made at a lower cost than the configured one: here is a new hash.
    RightButCheap(String),
}

impl Hasher {
    /// Errors: a cost that argon2 refuses.
    pub fn new(config: &Passwords) -> Result<Self, StartError> {
        let params = Params::new(config.argon2_memory_kib, config.argon2_iterations, 1, None).map_err(|error| {
            StartError(format!(
                "passwords.argon2_memory_kib and passwords.argon2_iterations are refused ({error}): use 19456 and 2"
            ))
        })?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut nobody = [0; 32];
        getrandom::fill(&mut nobody)
            .map_err(|error| StartError(format!("the operating system has no randomness ({error})")))?;
        let dummy = argon2
            .hash_password(&nobody)
            .map_err(|error| StartError(format!("argon2 does not work here ({error})")))?;
        Ok(Self {
            argon2,
            permits: Arc::new(Semaphore::new(config.hash_concurrency)),
            waiting: Arc::default(),
            most_waiting: config.hash_concurrency * (WAITING_PER_PERMIT + 1),
            dummy: dummy.to_string(),
        })
    }

    /// A hash that no password has: an account with it is open to nobody until a new password is chosen.
    pub fn locked(&self) -> String {
        self.dummy.clone()
    }

    /// The hash to store, in PHC form.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, Error> {
        let argon2 = self.argon2.clone();
        self.run(move || hash(&argon2, &password)).await?
    }

    /// Compares in the same time whether or not there is an account (`stored`).
    pub async fn verify(&self, password: Zeroizing<String>, stored: Option<String>) -> Result<Verdict, Error> {
        let argon2 = self.argon2.clone();
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.clone());
        self.run(move || {
            let Ok(parsed) = PasswordHash::new(&stored) else {
                tracing::error!("a stored password hash is unreadable");
                return Ok(Verdict::Wrong);
            };
            // The parameters come from the stored hash, so that old ones still verify.
            if argon2.verify_password(password.as_bytes(), &parsed).is_err() || !exists {
                return Ok(Verdict::Wrong);
            }
            if is_cheaper(&parsed, argon2.params()) {
                hash(&argon2, &password).map(Verdict::RightButCheap)
            } else {
                Ok(Verdict::Right)
            }
        })
        .await?
    }

    /// Off the async threads. The permit goes into the closure: a client that hangs up frees it only when the hash is
    /// done. Errors: 503 when too many wait.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = Place::take(&self.waiting, self.most_waiting)?;
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| Error::busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = (permit, place);
            work()
        });
        done.await.map_err(|_| Error::busy())
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, Error> {
    let hash = argon2.hash_password(password.as_bytes()).map_err(|error| {
        tracing::error!(%error, "a password could not be hashed");
        Error::busy()
    })?;
    Ok(hash.to_string())
}

fn is_cheaper(stored: &PasswordHash, wanted: &Params) -> bool {
    Params::try_from(stored).is_ok_and(|had| had.m_cost() < wanted.m_cost() || had.t_cost() < wanted.t_cost())
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
        assert_eq!(hasher.verify(secret("a right one"), Some(stored.clone())).await, Ok(Verdict::Right));
        assert_eq!(hasher.verify(secret("a wrong one"), Some(stored)).await, Ok(Verdict::Wrong));
        assert_eq!(hasher.verify(secret("a right one"), None).await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn a_raised_cost_shows_at_the_next_verification() {
        let stored = hasher(64).hash(secret("a right one")).await.unwrap();

        let verdict = hasher(128).verify(secret("a right one"), Some(stored)).await.unwrap();

        assert!(matches!(verdict, Verdict::RightButCheap(new) if new.contains("m=128")));
    }
}
