//! The two databases as one: what differs between them is the type of a connection, and `on!` hides it. Runs in: the
//! server.

use std::{io, time::Duration};

use sqlx::{
    Connection as _, Executor, PgConnection, PgPool, Postgres, SqliteConnection, SqlitePool, pool::PoolConnection,
};
use tokio::time::error::Elapsed;

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
            $crate::server::store::Readers::Postgres(pool) => {
                let mut lent = $crate::server::store::connection::Lent::by(pool).await?;
                let statement = async {
                    let $name = lent.connection();
                    $body
                };
                let outcome = tokio::time::timeout($crate::server::store::connection::PATIENCE, statement).await;
                lent.give_back(outcome).await
            }
        }
    };
}
pub(super) use read;

/// How long a statement that only reads may take: more than PostgreSQL itself allows it, so that the limit is met only
/// where nothing comes back at all.
pub(super) const PATIENCE: Duration = Duration::from_secs(9);
/// How long a connection that was left in the middle of a statement may take to come to its end.
const ABANDONED: Duration = Duration::from_secs(10);

/// A connection of a pool for one statement. What does not answer is closed: given back, it would be waited for until TCP
/// gives up, a quarter of an hour later, and the pool would be empty all that time.
pub(super) struct Lent(Option<PoolConnection<Postgres>>);

impl Lent {
    /// Errors: none is free, and none can be made, within the pool's time.
    pub(super) async fn by(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self(Some(pool.acquire().await?)))
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.0.as_mut().expect("it is given back at the end only")
    }

    /// Passes on what came of the statement.
    pub(super) async fn give_back<T>(
        mut self,
        outcome: Result<Result<T, sqlx::Error>, Elapsed>,
    ) -> Result<T, sqlx::Error> {
        let connection = self.0.take();
        match outcome {
            Ok(result) => result,
            Err(_) => {
                if let Some(connection) = connection {
                    let _ = connection.detach().close_hard().await;
                }
                Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

/// Its caller went away in the middle of a statement.
impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut connection) = self.0.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if !matches!(tokio::time::timeout(ABANDONED, connection.ping()).await, Ok(Ok(()))) {
                    let _ = connection.detach().close_hard().await;
                }
            });
        }
    }
}

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
