//! What an application may not do to sign-in: take for ever, panic in a transaction of others, or hide that one has failed. Runs
//! in: the server.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::FutureExt;
use sqlx::SqliteConnection;
use tokio::time::timeout;

use super::{Connection, StoreError};
use tabkey_core::Error;

/// How long a hook, or an application's own reading or writing, may take: on SQLite nobody else writes meanwhile.
pub const LIMIT: Duration = Duration::from_secs(5);
/// Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
const STEPS: i32 = 10_000;

/// How an application's part ended, where it did not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Panicked,
    Late,
}

impl Broken {
    /// The log names `act`; the caller hears that nothing was done.
    pub fn told(self, act: &'static str) -> Error {
        match self {
            Self::Panicked => tracing::error!(act, "the application's own part panicked: nothing of it was done"),
            Self::Late => {
                tracing::error!(act, "the application's own part took longer than {LIMIT:?}: nothing of it was done");
            }
        }
        Error::busy()
    }
}

/// Within the time, and without a panic that would undo what others wrote beside it.
pub async fn bounded<T>(work: impl Future<Output = Result<T, Error>>) -> Result<Result<T, Error>, Broken> {
    match timeout(LIMIT, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(Broken::Panicked),
        Err(_) => Err(Broken::Late),
    }
}

/// Stops statements of SQLite that are under way at the end of the time: its thread does not hear that nobody waits any more.
pub struct Watch(Arc<AtomicBool>);

impl Watch {
    pub async fn over(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let (watches, until) = (Arc::new(AtomicBool::new(true)), Instant::now() + LIMIT);
        let on = watches.clone();
        let goes_on = move || !on.load(Ordering::Relaxed) || Instant::now() < until;
        connection.lock_handle().await?.set_progress_handler(STEPS, goes_on);
        Ok(Self(watches))
    }

    /// Once the last statement has ended.
    pub async fn end(self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        connection.lock_handle().await?.remove_progress_handler();
        Ok(())
    }
}

/// A watch that nobody ended stops no statement of somebody else.
impl Drop for Watch {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// The bounds of an application's part in a transaction.
pub struct Bounds(Option<Watch>);

impl Bounds {
    pub async fn begin(connection: &mut Connection) -> Result<Self, StoreError> {
        Ok(Self(match connection {
            Connection::Sqlite(connection) => Some(Watch::over(connection).await?),
            Connection::Postgres(_) => None,
        }))
    }

    /// What came of it, to the transaction and to the caller.
    pub async fn end<T>(
        self,
        connection: &mut Connection,
        act: &'static str,
        done: Result<Result<T, Error>, Broken>,
    ) -> Result<T, StoreError> {
        if let (Some(watch), Connection::Sqlite(connection)) = (self.0, &mut *connection) {
            watch.end(connection).await?;
        }
        let done = done.map_err(|broken| StoreError::Refused(broken.told(act)))?;
        let done = done.map_err(StoreError::Refused)?;
        // PostgreSQL ends a transaction with a failed statement in it by undoing all of it, and calls that no error.
        if let Connection::Postgres(lent) = connection
            && lent.run("SAVEPOINT tabkey_whole; RELEASE SAVEPOINT tabkey_whole").await.is_err()
        {
            tracing::error!(act, "the application's own part went on after a statement that failed: nothing was done");
            return Err(StoreError::Refused(Error::busy()));
        }
        Ok(done)
    }
}
