//! The two databases as one: what differs between them is the type of a connection, and `on!` hides it. Runs in: the
//! server.

use sqlx::{Connection as _, Executor, SqliteConnection, SqlitePool};

use super::{
    pool::{Lent, Pool},
    statements::Statements,
};

/// A connection that writes, perhaps in the middle of a transaction.
pub enum Connection {
    Sqlite(SqliteConnection),
    Postgres(Lent),
}

/// Connections that read.
#[derive(Clone, Debug)]
pub enum Readers {
    Sqlite(SqlitePool),
    Postgres(Pool),
}

/// The database as a statement sees it: what [`on!`](crate::on) runs it on, perhaps in the middle of a transaction.
#[derive(Debug)]
pub enum Db<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(Statements<'c>),
}

impl Db<'_> {
    /// For one statement.
    #[doc(hidden)]
    pub fn db(&mut self) -> Db<'_> {
        match self {
            Self::Sqlite(connection) => Db::Sqlite(connection),
            Self::Postgres(statements) => Db::Postgres(statements.again()),
        }
    }
}

/// Evaluates an expression once for each database, with its own type of connection: the same SQL text serves both
/// (`$1` binds, `RETURNING`, `TRUE`), and the compiler checks what is bound and decoded against each.
///
/// ```
/// # use tabkey::{Error, on, server::Db};
/// async fn count(db: &mut Db<'_>) -> Result<i64, Error> {
///     Ok(on!(db, c => sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(c).await?))
/// }
/// ```
#[macro_export]
macro_rules! on {
    ($db:expr, $connection:ident => $body:expr) => {
        match $db.db() {
            $crate::server::Db::Sqlite($connection) => $body,
            $crate::server::Db::Postgres($connection) => $body,
        }
    };
}
pub(super) use crate::on;

/// The same for a statement that only reads.
macro_rules! read {
    ($store:expr, $name:ident => $body:expr) => {
        match &$store.readers {
            $crate::server::store::Readers::Sqlite($name) => $body,
            $crate::server::store::Readers::Postgres(pool) => {
                let mut reading = $crate::server::store::pool::Reading::by(pool).await?;
                let statement = async {
                    let $name = reading.begin().await?;
                    $body
                };
                let outcome = tokio::time::timeout($crate::server::store::pool::PATIENCE, statement).await;
                reading.give_back(outcome).await
            }
        }
    };
}
pub(super) use read;

impl Connection {
    /// For one statement, or several.
    pub fn db(&mut self) -> Db<'_> {
        match self {
            Self::Sqlite(connection) => Db::Sqlite(connection),
            Self::Postgres(lent) => Db::Postgres(lent.statements()),
        }
    }

    /// Ends it for good, whatever state it is in.
    pub async fn close(self) {
        match self {
            Self::Sqlite(connection) => drop(connection.close().await),
            Self::Postgres(lent) => lent.close().await,
        }
    }

    /// Begins a transaction, on PostgreSQL with the settings that it needs.
    pub async fn begin(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.execute("BEGIN IMMEDIATE").await.map(drop),
            Self::Postgres(lent) => lent.begin().await,
        }
    }

    /// Statements without values: `BEGIN` and the like.
    pub async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.execute(sql).await.map(drop),
            Self::Postgres(lent) => lent.run(sql).await,
        }
    }
}

/// One statement, in both dialects.
#[derive(Clone, Copy)]
pub struct Text {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Text {
    pub fn of(self, connection: &Connection) -> &'static str {
        match connection {
            Connection::Sqlite(_) => self.sqlite,
            Connection::Postgres(_) => self.postgres,
        }
    }
}
