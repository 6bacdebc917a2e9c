//! The database: SQL and its rows, one function a statement. Knows nothing of HTTP or of decisions. Runs in: the server.

mod accounts;
mod addresses;
mod attempts;
mod bounds;
mod checks;
mod cleaning;
mod connection;
mod database;
mod directory;
mod endings;
mod export;
mod feed;
mod hooks;
mod keys;
mod links;
mod log;
mod mails;
mod notices;
mod outdated;
mod own_schema;
mod pool;
mod postgres;
mod revocations;
mod roles;
mod rotation;
mod schema;
mod security_events;
mod sessions;
pub mod sqlite;
mod statements;
mod touches;
mod users;
mod void_links;
mod writer;

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

pub use attempts::{
    AttemptRow, DAY, Delayed, FIRST_DELAY, Key, Keys, LONGEST_DELAY, SKEW, WINDOW, Windowed, WrongPassword,
};
pub use checks::{Caller, Proof};
pub use cleaning::Dead;
pub use connection::{Connection, Db, Readers};
use connection::{on, read};
pub use database::Database;
pub use directory::{AccountRow, Page, Prefix};
pub use endings::{AllEnded, Ended, Ending, Seen};
pub use export::KeptSession;
pub use feed::{Feed, Listener, Notice};
pub use hooks::{Hooked, Hooks};
pub use keys::{KeyRotation, KeyRow, NewKey};
pub use links::{Gone, LinkRow, LinkUse, Lock, NewLink, Used};
pub use log::LogRow;
pub use mails::{MailRow, NewMail, Waiting};
pub use own_schema::Migrations;
use own_schema::OwnSchema;
pub use revocations::RevocationRow;
pub use roles::{Change, Revoked};
pub use security_events::{SecurityEvent, SecurityEventKind};
use sessions::session_columns;
pub use sessions::{Begun, NewSession, SessionRow};
pub use touches::SessionTouch;
pub use users::{NewUser, UserRow, UserSummary};
pub use writer::{Durability, Pooled, Queue, Writer};

use super::config::DatabaseUrl;
use tabkey_core::{EndReason, Error};

/// One database: connections that read, what writes, and the feed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    readers: Readers,
    writer: Writer,
    feed: Feed,
    hooks: Hooked,
    /// How much of an application's own work may hold a connection at one time, half of them: sign-in goes on beside it.
    own: Arc<Semaphore>,
}

/// What an application adds to the database.
#[derive(Clone, Debug, Default)]
pub struct Additions {
    /// What the table of its migrations is called after.
    pub name: &'static str,
    pub migrations: Option<Migrations>,
    pub hooks: Hooked,
}

impl Additions {
    fn schema(&self, is_postgres: bool) -> Option<OwnSchema> {
        self.migrations.as_ref().map(|migrations| OwnSchema::new(self.name, migrations, is_postgres))
    }
}

/// A database that was looked at.
pub struct Look {
    /// Nothing of ours is there yet.
    pub is_new: bool,
    /// Migrations that are due, as they are called.
    pub due: Vec<String>,
    /// The newest one that this version does not know, and can live with.
    pub newer: Option<i64>,
    pub keys: Vec<KeyRow>,
}

/// Why a statement failed.
#[derive(Debug)]
pub enum StoreError {
    /// The address already has an account.
    EmailTaken,
    /// The session whose token made the call has ended meanwhile: nothing was done.
    Over { reason: Option<String>, at: i64, by: Option<String> },
    /// The roles of the token that made the call are not the present ones: nothing was done.
    Stale,
    /// Locked, full, gone, overloaded: nothing was done, and it may work later.
    Unavailable(String),
    /// The same, and it will on a new connection: this one leads to a server that takes no writes any more.
    Outdated(String),
    /// The application said no, or failed: nothing was done.
    Refused(Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(failure)
                if failure.is_unique_violation()
                    && (failure.constraint() == Some("users_email_key")
                        || failure.message().contains("users.email")) =>
            {
                Self::EmailTaken
            }
            _ if outdated::tells(&error) => Self::Outdated(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::EmailTaken => Self::EmailTaken,
            StoreError::Over { reason, at, by } => {
                let reason = EndReason::of_ending(reason.as_deref());
                Self::SessionEnded(tabkey_core::Ended { reason, at: at.div_euclid(1_000), by })
            }
            StoreError::Stale => Self::TokenStale,
            StoreError::Refused(error) => error,
            StoreError::Unavailable(why) | StoreError::Outdated(why) => {
                tracing::error!(why, "the database did not answer");
                Self::busy()
            }
        }
    }
}

impl Store {
    /// Opens the database at `url`, migrating it. `listen_url`, of PostgreSQL alone, leads past a pooler to the same
    /// database. `readers` is the number of connections that read; on PostgreSQL as many again write. Errors: one sentence
    /// for the operator.
    pub async fn open(
        url: &DatabaseUrl,
        listen_url: Option<&DatabaseUrl>,
        readers: u32,
        additions: &Additions,
    ) -> Result<Self, String> {
        let schema = additions.schema(url.is_postgres());
        let own = Arc::new(Semaphore::new(readers.div_ceil(2) as usize));
        let (readers, writer, feed) = if url.is_postgres() {
            postgres::open(url, listen_url, readers, schema.as_ref()).await?
        } else {
            no_listen_url(listen_url)?;
            sqlite::open(url, readers, schema.as_ref()).await?
        };
        Ok(Self { readers, writer, feed, hooks: additions.hooks.clone(), own })
    }

    /// What opening it would meet and do. Changes nothing, and makes nothing. Errors: why it would fail.
    pub async fn look(
        url: &DatabaseUrl,
        listen_url: Option<&DatabaseUrl>,
        additions: &Additions,
    ) -> Result<Look, String> {
        let own = additions.schema(url.is_postgres());
        if url.is_postgres() {
            postgres::look(url, listen_url, own.as_ref()).await
        } else {
            no_listen_url(listen_url)?;
            sqlite::look(url, own.as_ref()).await
        }
    }

    /// Whether a read, and a write, succeed within two seconds.
    pub async fn health(&self) -> (bool, bool) {
        let limit = Duration::from_secs(2);
        let read = tokio::time::timeout(limit, self.read_probe());
        let write = tokio::time::timeout(limit, self.writer.probe());
        let (read, write) = tokio::join!(read, write);
        (matches!(read, Ok(Ok(_))), matches!(write, Ok(Ok(()))))
    }

    /// Unix milliseconds by PostgreSQL's clock; SQLite has none but the node's own.
    pub async fn clock(&self) -> Result<Option<i64>, StoreError> {
        if let Readers::Sqlite(_) = &self.readers {
            return Ok(None);
        }
        let sql = "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)";
        Ok(read!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await.map(Some))?)
    }

    /// Finishes the queued writes, folds the log into the file and closes every connection.
    pub async fn close(&self) {
        // The last connection to close is the one that folds the log, and a reader cannot.
        match &self.readers {
            Readers::Sqlite(pool) => pool.close().await,
            Readers::Postgres(pool) => pool.close().await,
        }
        self.writer.close().await;
    }

    async fn read_probe(&self) -> Result<(), StoreError> {
        Ok(read!(self, pool => sqlx::query("SELECT 1").execute(pool).await.map(drop))?)
    }
}

fn no_listen_url(listen_url: Option<&DatabaseUrl>) -> Result<(), String> {
    match listen_url {
        None => Ok(()),
        Some(_) => Err("DATABASE_LISTEN_URL is set, and DATABASE_URL names no PostgreSQL: remove the former".into()),
    }
}
