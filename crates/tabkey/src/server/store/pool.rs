//! PostgreSQL's connections: how they are lent, and how a transaction begins where a pooler lies between. Runs in: the
//! server.

use std::{
    io,
    time::{Duration, Instant},
};

use sqlx::{
    Connection as _, Executor, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::{error::Elapsed, timeout};

use super::{outdated::Outdated, statements::Statements};

/// How long a request waits for a free connection, or a node for its first one.
pub const ACQUIRE: Duration = Duration::from_secs(3);
/// How long a connection that lay idle may take to show that it lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// How long a statement that only reads may take: more than PostgreSQL itself allows it, so that the limit is met only
/// where nothing comes back at all.
pub const PATIENCE: Duration = Duration::from_secs(9);
/// How long a connection that was left in the middle of a statement may take to come to its end.
const ABANDONED: Duration = Duration::from_secs(10);

/// Connections, and what they have in common. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pool {
    connections: PgPool,
    /// Set behind a pooler, which gives a connection of the database for one transaction at a time: every statement needs
    /// one, and every transaction its own settings.
    begin: Option<&'static str>,
    outdated: Outdated,
}

impl Pool {
    /// Connections are made when they are needed, so that a node outlives a restart of the database.
    pub fn new(options: PgConnectOptions, size: u32, begin: Option<&'static str>, outdated: Outdated) -> Self {
        let shared = outdated.clone();
        let connections = PgPoolOptions::new()
            .max_connections(size)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(Duration::from_secs(300))
            .max_lifetime(Duration::from_secs(1_800))
            // Ours looks at the age first, and does not wait for a line that is dead.
            .test_before_acquire(false)
            .before_acquire(move |connection, met| {
                let is_outdated = Instant::now().checked_sub(met.age).is_some_and(|made_at| shared.is(made_at));
                Box::pin(async move {
                    Ok(!is_outdated && matches!(timeout(SIGN_OF_LIFE, connection.ping()).await, Ok(Ok(()))))
                })
            })
            .connect_lazy_with(options);
        Self { connections, begin, outdated }
    }

    /// Errors: none is free, and none can be made, within [`ACQUIRE`].
    pub async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let connection = self.connections.acquire().await?;
        Ok(Lent { connection, begin: self.begin, outdated: self.outdated.clone() })
    }

    /// What its connections lead to takes no writes.
    pub fn found_outdated(&self) {
        self.outdated.found();
    }

    pub async fn close(&self) {
        self.connections.close().await;
    }
}

/// A connection of a pool.
pub struct Lent {
    connection: PoolConnection<Postgres>,
    begin: Option<&'static str>,
    outdated: Outdated,
}

impl Lent {
    pub fn statements(&mut self) -> Statements<'_> {
        Statements { connection: &mut self.connection, are_named: self.begin.is_none() }
    }

    /// It did not answer in time: nor will the others. A pooler whose own connections are all taken does not either, and
    /// is soon well again.
    pub fn gave_no_answer(&self) {
        if !self.needs_transactions() {
            self.outdated.found();
        }
    }

    /// Whether a statement by itself needs a transaction.
    pub fn needs_transactions(&self) -> bool {
        self.begin.is_some()
    }

    pub async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.run(self.begin.unwrap_or("BEGIN")).await
    }

    /// Statements without values.
    pub async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        self.connection.execute(sql).await.map(drop)
    }

    /// Ends it for good, whatever state it is in.
    pub async fn close(self) {
        let _ = self.connection.detach().close_hard().await;
    }
}

/// A connection for one statement that reads. What does not answer is closed: given back, it would be waited for until TCP
/// gives up, a quarter of an hour later, and the pool would be empty all that time.
pub struct Reading {
    lent: Option<Lent>,
    in_transaction: bool,
}

impl Reading {
    pub async fn by(pool: &Pool) -> Result<Self, sqlx::Error> {
        let lent = pool.lend().await?;
        let in_transaction = lent.needs_transactions();
        Ok(Self { lent: Some(lent), in_transaction })
    }

    pub async fn begin(&mut self) -> Result<Statements<'_>, sqlx::Error> {
        let lent = self.lent.as_mut().expect("it is given back at the end only");
        if self.in_transaction {
            lent.begin().await?;
        }
        Ok(lent.statements())
    }

    /// In a transaction that refuses to write.
    pub async fn begin_read_only(&mut self) -> Result<Statements<'_>, sqlx::Error> {
        let lent = self.lent.as_mut().expect("it is given back at the end only");
        self.in_transaction = true;
        if lent.needs_transactions() {
            lent.begin().await?;
            lent.run("SET TRANSACTION READ ONLY").await?;
        } else {
            lent.run("BEGIN READ ONLY").await?;
        }
        Ok(lent.statements())
    }

    /// Ends it for good, whatever state it is in.
    pub async fn close(mut self) {
        if let Some(lent) = self.lent.take() {
            lent.close().await;
        }
    }

    /// Passes on what came of the statement.
    pub async fn give_back<T>(mut self, outcome: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, sqlx::Error> {
        let Some(mut lent) = self.lent.take() else { return Err(sqlx::Error::PoolClosed) };
        let Ok(result) = outcome else {
            lent.gave_no_answer();
            lent.close().await;
            return Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()));
        };
        if let Err(error) = &result {
            lent.outdated.note(error);
        }
        if self.in_transaction {
            let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
            let ended = timeout(SIGN_OF_LIFE, lent.run(end)).await;
            if !matches!(ended, Ok(Ok(()))) {
                lent.close().await;
            }
        }
        result
    }
}

/// Its caller went away in the middle of a statement.
impl Drop for Reading {
    fn drop(&mut self) {
        let Some(mut lent) = self.lent.take() else { return };
        let in_transaction = self.in_transaction;
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let ending = async {
                    match in_transaction {
                        true => lent.run("ROLLBACK").await,
                        false => lent.connection.ping().await,
                    }
                };
                if !matches!(timeout(ABANDONED, ending).await, Ok(Ok(()))) {
                    lent.close().await;
                }
            });
        }
    }
}
