//! The two databases as one: what differs between them is the type of a connection, and `on!` hides it. Runs in: the
//! server.

use sqlx::{Connection as _, Executor, PgPool, Postgres, SqliteConnection, SqlitePool, pool::PoolConnection};

/// A connection that writes, perhaps in the middle of a transaction.
pub enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PoolConnection<Postgres>),
}

/// Connections that read.
#[derive(Clone, Debug)]
pub enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Evaluates an expression once for each database, with its own type of connection: the same SQL text serves both
/// (`$1` binds, `RETURNING`, `TRUE`), and the compiler checks what is bound and decoded against each.
macro_rules! on {
    ($connection:expr, $name:ident => $body:expr) => {
        match $connection {
            $crate::server::store::Connection::Sqlite($name) => {
                let $name = &mut *$name;
                $body
            }
            $crate::server::store::Connection::Postgres($name) => {
                let $name = &mut **$name;
                $body
            }
        }
    };
}
pub(super) use on;

/// The same for a statement that only reads.
macro_rules! read {
    ($store:expr, $name:ident => $body:expr) => {
        match &$store.readers {
            $crate::server::store::Readers::Sqlite($name) => $body,
            $crate::server::store::Readers::Postgres($name) => $body,
        }
    };
}
pub(super) use read;

impl Connection {
    /// Ends it for good, whatever state it is in.
    pub async fn close(self) {
        let _ = match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.detach().close_hard().await,
        };
    }

    /// Statements without values: `BEGIN` and the like.
    pub async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        on!(self, c => c.execute(sql).await.map(drop))
    }
}
