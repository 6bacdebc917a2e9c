//! The database: SQL and its rows, one function a statement. Knows nothing of HTTP or of decisions. Runs in: the server.

mod endings;
mod keys;
mod revocations;
mod rotation;
mod security_events;
mod sessions;
pub mod sqlite;
mod users;
mod writer;

use std::time::Duration;

use sqlx::SqlitePool;

pub use endings::{Ending, Seen};
pub use keys::{KeyRow, NewKey};
pub use revocations::RevocationRow;
pub use rotation::SessionTouch;
pub use security_events::{SecurityEvent, SecurityEventKind};
use sessions::session_columns;
pub use sessions::{NewSession, SessionRow};
pub use users::{NewUser, UserRow, UserSummary};
pub use writer::{Durability, Writer};

/// One database: a pool that reads and one connection that writes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    readers: SqlitePool,
    writer: Writer,
}

/// Why a statement failed.
#[derive(Debug)]
pub enum StoreError {
    /// The address already has an account.
    EmailTaken,
    /// Locked, full, read-only, gone, overloaded: nothing was done, and it may work later.
    Unavailable(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(failure)
                if failure.is_unique_violation() && failure.message().contains("users.email") =>
            {
                Self::EmailTaken
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<StoreError> for crate::shared::Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::EmailTaken => Self::EmailTaken,
            StoreError::Unavailable(why) => {
                tracing::error!(why, "the database did not answer");
                Self::busy()
            }
        }
    }
}

impl Store {
    /// Whether a read, and a write, succeed within two seconds.
    pub async fn health(&self) -> (bool, bool) {
        let limit = Duration::from_secs(2);
        let read = tokio::time::timeout(limit, sqlx::query("SELECT 1").execute(&self.readers));
        let write = tokio::time::timeout(limit, self.writer.probe());
        let (read, write) = tokio::join!(read, write);
        (matches!(read, Ok(Ok(_))), matches!(write, Ok(Ok(()))))
    }

    /// Finishes the queued writes, folds the log into the file and closes every connection.
    pub async fn close(&self) {
        // The last connection to close is the one that folds the log, and a reader cannot.
        self.readers.close().await;
        self.writer.close().await;
    }
}
