//! The one connection that writes. What arrives together shares one transaction and one commit. Runs in: the server.

mod worker;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use sqlx::{SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::StoreError;
use worker::{Job, Message, Pending, Queued, Worker};

/// Jobs waiting before the store calls itself busy.
const QUEUE: usize = 4_096;
/// How long a job may wait for its turn; after that it is not begun, so that "busy" means that nothing was done.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much longer its caller waits, for a job that was begun in time: more than a lock of the file may take.
const GRACE: Duration = Duration::from_secs(10);

/// What a commit must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A crash of the process, not of the machine: rotations and touches, which heal (DESIGN: case g > G).
    Relaxed,
    /// A crash of the machine: accounts, passwords, endings.
    Full,
}

#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Message>,
    /// Whether the last commit failed.
    failing: Arc<AtomicBool>,
}

impl Writer {
    /// `options` open the file again after a failure.
    pub fn start(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let failing = Arc::new(AtomicBool::new(false));
        tokio::spawn(Worker::new(connection, options, jobs, failing.clone()).run());
        Self { queue, failing }
    }

    /// Does `work`, of several statements, in a transaction shared with other work, and answers once it is committed. A
    /// failure undoes this work only, unless the commit itself fails. Errors: [`StoreError::Unavailable`] when too much
    /// waits, or for too long.
    pub async fn write<T, F>(&self, durability: Durability, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.queue(durability, false, work).await
    }

    /// The same for `work` of exactly one statement that no constraint can refuse: it needs no savepoint, which saves two
    /// statements.
    pub async fn write_one<T, F>(&self, durability: Durability, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.queue(durability, true, work).await
    }

    /// Shows that the database can be written. After a failed commit only a real write shows it: a full disk commits an
    /// empty transaction.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let failing = self.failing.load(Ordering::Relaxed);
        self.write_one(Durability::Full, move |connection| {
            Box::pin(async move {
                if failing {
                    sqlx::query("UPDATE keys SET retired_at = retired_at").execute(connection).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Answers once everything queued before is committed and the connection is closed.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }

    async fn queue<T, F>(&self, durability: Durability, is_one_statement: bool, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Box<dyn Job> = Box::new(Pending::new(work, reply));
        let queued = Queued { durability, is_one_statement, deadline: Instant::now() + PATIENCE, job };
        self.queue
            .try_send(Message::Job(queued))
            .map_err(|_| StoreError::Unavailable("the writer's queue is full or closed".into()))?;
        match tokio::time::timeout(PATIENCE + GRACE, answer).await {
            Ok(Ok(result)) => result,
            _ => Err(StoreError::Unavailable("the writer did not answer in time".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, sqlite::SqliteJournalMode};

    use super::*;

    async fn writer(folder: &tempfile::TempDir) -> (Writer, SqliteConnectOptions) {
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("test.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql("CREATE TABLE t (n INTEGER NOT NULL UNIQUE); CREATE TABLE keys (retired_at INTEGER);")
            .execute(&mut connection)
            .await
            .unwrap();
        (Writer::start(connection, options.clone()), options)
    }

    async fn insert(writer: &Writer, numbers: Vec<i64>) -> Result<(), StoreError> {
        writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    for n in numbers {
                        sqlx::query("INSERT INTO t (n) VALUES ($1)").bind(n).execute(&mut *connection).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn numbers(options: &SqliteConnectOptions) -> Vec<i64> {
        let mut connection = SqliteConnection::connect_with(options).await.unwrap();
        sqlx::query_scalar("SELECT n FROM t ORDER BY n").fetch_all(&mut connection).await.unwrap()
    }

    #[tokio::test]
    async fn a_job_that_fails_undoes_itself_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, options) = writer(&folder).await;

        // Polled in one go, so that they wait together and share a transaction.
        let (first, failing, last) =
            tokio::join!(insert(&writer, vec![1]), insert(&writer, vec![2, 3, 1]), insert(&writer, vec![4]));

        assert!(first.is_ok() && failing.is_err() && last.is_ok());
        assert_eq!(numbers(&options).await, [1, 4]);
    }

    #[tokio::test]
    async fn a_locked_file_acknowledges_nothing_and_works_again_when_free() {
        let folder = tempfile::tempdir().unwrap();
        let (_, options) = writer(&folder).await;
        let impatient = options.clone().busy_timeout(Duration::from_millis(50));
        let connection = SqliteConnection::connect_with(&impatient).await.unwrap();
        let writer = Writer::start(connection, impatient);
        let mut other = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();

        let while_locked = insert(&writer, vec![1]).await;
        let ready_while_locked = writer.probe().await.is_ok();
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();

        assert!(while_locked.is_err() && !ready_while_locked);
        assert_eq!(numbers(&options).await, [0_i64; 0]);
        assert!(writer.probe().await.is_ok());
        assert!(insert(&writer, vec![2]).await.is_ok());
        assert_eq!(numbers(&options).await, [2]);
    }

    #[tokio::test]
    async fn a_panic_in_a_job_stops_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, options) = writer(&folder).await;

        let panicked: Result<(), _> =
            writer.write(Durability::Full, |_| Box::pin(async { panic!("a bug in a job") })).await;

        assert!(panicked.is_err());
        assert!(insert(&writer, vec![1]).await.is_ok());
        assert_eq!(numbers(&options).await, [1]);
    }

    #[tokio::test]
    async fn closing_waits_for_what_was_queued() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, options) = writer(&folder).await;

        let (written, ()) = tokio::join!(insert(&writer, vec![1]), writer.close());

        assert!(written.is_ok());
        assert_eq!(numbers(&options).await, [1]);
        assert!(insert(&writer, vec![2]).await.is_err());
    }
}
