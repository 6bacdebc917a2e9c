//! Everything that changes the database goes through here. Runs in: the server.

mod pooled;
mod queue;
mod worker;

use std::time::Duration;

use futures::future::BoxFuture;

use super::{Connection, StoreError};
pub use pooled::Pooled;
pub use queue::Queue;

/// How long a job may wait for its turn; after that it is not begun, so that "busy" means that nothing was done.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much longer its caller waits, for a job that was begun in time: more than a lock may take.
const GRACE: Duration = Duration::from_secs(10);

/// What a commit must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A crash of the process, not of the machine: rotations and touches, which heal (DESIGN: case g > G).
    Relaxed,
    /// A crash of the machine: accounts, passwords, endings.
    Full,
}

/// What a job is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One statement that no constraint can refuse.
    One,
    /// Statements that may take effect one by one.
    Each,
    /// Statements that take effect together or not at all.
    Transaction,
}

/// What writes, once.
pub trait Work<T>: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static {}

impl<T, F> Work<T> for F where
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static
{
}

/// One queue on SQLite, a pool on PostgreSQL. Work that was begun is finished, whether or not its caller still waits.
#[derive(Clone, Debug)]
pub enum Writer {
    Sqlite(Queue),
    Postgres(Pooled),
}

impl Writer {
    /// Does `work` in a transaction and answers once it is committed; a failure undoes it whole. Errors:
    /// [`StoreError::Unavailable`] when too much waits, or for too long; the work's own.
    pub async fn write<T, F>(&self, durability: Durability, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.shaped(durability, Shape::Transaction, work).await
    }

    /// The same for `work` of exactly one statement that no constraint can refuse: it needs no transaction of its own.
    pub async fn write_one<T, F>(&self, durability: Durability, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.shaped(durability, Shape::One, work).await
    }

    /// The same for statements that need not stand together: none holds a row while the next waits for one, so that two
    /// nodes cannot stop each other.
    pub async fn write_each<T, F>(&self, durability: Durability, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.shaped(durability, Shape::Each, work).await
    }

    /// Shows that the database can be written. A server that follows another one, or was told to be read-only, refuses
    /// this without a row to change (of sessions: who writes to the keys, even nothing, tells every node). On SQLite after
    /// a failed commit only a real write shows it: a full disk commits an empty transaction.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let sql = match self {
            Self::Sqlite(queue) if queue.is_failing() => "UPDATE keys SET retired_at = retired_at",
            Self::Sqlite(_) => "UPDATE keys SET retired_at = retired_at WHERE FALSE",
            Self::Postgres(_) => "UPDATE sessions SET ended_at = ended_at WHERE FALSE",
        };
        self.write_one(Durability::Full, move |connection| Box::pin(async move { Ok(connection.run(sql).await?) }))
            .await
    }

    /// Answers once everything begun before is committed and every connection is closed.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(queue) => queue.close().await,
            Self::Postgres(pooled) => pooled.close().await,
        }
    }

    async fn shaped<T: Send + 'static>(
        &self,
        durability: Durability,
        shape: Shape,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(queue) => queue.write(durability, shape, work).await,
            Self::Postgres(pooled) => pooled.write(durability, shape, work).await,
        }
    }
}
