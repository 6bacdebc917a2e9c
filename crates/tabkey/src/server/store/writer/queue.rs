//! SQLite's writer: one connection, and what arrives together shares one transaction and one commit. Runs in: the server.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sqlx::{SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    Durability, GRACE, PATIENCE, Shape, Work,
    worker::{Job, Message, Pending, Queued, Worker},
};
use crate::server::store::{Connection, StoreError};

/// Jobs waiting before the store calls itself busy.
const QUEUE: usize = 4_096;

#[derive(Clone, Debug)]
pub struct Queue {
    queue: mpsc::Sender<Message>,
    /// Whether the last commit failed.
    failing: Arc<AtomicBool>,
}

impl Queue {
    /// `options` open the file again after a failure.
    pub fn start(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let failing = Arc::new(AtomicBool::new(false));
        tokio::spawn(Worker::new(Connection::Sqlite(connection), options, jobs, failing.clone()).run());
        Self { queue, failing }
    }

    /// Whether the last commit failed.
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }

    pub async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        shape: Shape,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Box<dyn Job> = Box::new(Pending::new(work, reply));
        let queued =
            Queued { durability, is_one_statement: shape == Shape::One, deadline: Instant::now() + PATIENCE, job };
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
    use std::time::Duration;

    use sqlx::{Connection as _, sqlite::SqliteJournalMode};

    use super::*;
    use crate::server::store::{Writer, on};

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
        (Writer::Sqlite(Queue::start(connection, options.clone())), options)
    }

    async fn insert(writer: &Writer, numbers: Vec<i64>) -> Result<(), StoreError> {
        writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    for n in numbers {
                        on!(&mut *connection, c => {
                            sqlx::query("INSERT INTO t (n) VALUES ($1)").bind(n).execute(c).await.map(drop)?
                        });
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
        let writer = Writer::Sqlite(Queue::start(connection, impatient));
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
