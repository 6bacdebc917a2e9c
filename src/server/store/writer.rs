//! The one connection that writes. What arrives together shares one transaction and one commit. Runs in: the server.

use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;

/// Jobs in one transaction: enough to share a commit, few enough to keep it short.
const BATCH: usize = 256;
/// Jobs waiting before the store calls itself busy.
const QUEUE: usize = 4_096;
/// How long a caller waits for its commit.
const PATIENCE: Duration = Duration::from_secs(10);

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
}

enum Message {
    Job(Durability, Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Message")
    }
}

impl Writer {
    pub fn start(connection: SqliteConnection) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(Worker { connection, jobs, full: true }.run());
        Self { queue }
    }

    /// Does `work` in a transaction shared with other work, and answers once it is committed. A failure undoes this work
    /// only, unless the commit itself fails. Errors: [`StoreError::Unavailable`] when too much waits, or for too long.
    pub async fn write<T, F>(&self, durability: Durability, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Pending { work: Some(work), result: None, reply };
        self.queue
            .try_send(Message::Job(durability, Box::new(job)))
            .map_err(|_| StoreError::Unavailable("the writer's queue is full or closed".into()))?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            _ => Err(StoreError::Unavailable("the writer did not answer in time".into())),
        }
    }

    /// An empty transaction: shows that the database can be written.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.write(Durability::Relaxed, |_| Box::pin(async { Ok(()) })).await
    }

    /// Answers once everything queued before is committed and the connection is closed.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

/// Work with its type forgotten.
trait Job: Send {
    /// Answers whether the work succeeded; keeps the result.
    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> BoxFuture<'a, bool>;
    /// Tells the caller; `failure` says why the shared commit failed.
    fn finish(self: Box<Self>, failure: Option<&str>);
}

struct Pending<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Pending<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
{
    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            if let Some(work) = self.work.take() {
                self.result = Some(work(connection).await);
            }
            matches!(self.result, Some(Ok(_)))
        })
    }

    fn finish(self: Box<Self>, failure: Option<&str>) {
        let result = match (failure, self.result) {
            (None, Some(result)) => result,
            // The work's own error is what explains a commit that was never tried.
            (Some(_), Some(Err(error))) => Err(error),
            (why, _) => Err(StoreError::Unavailable(why.unwrap_or("the write was not tried").to_owned())),
        };
        let _ = self.reply.send(result);
    }
}

struct Worker {
    connection: SqliteConnection,
    jobs: mpsc::Receiver<Message>,
    /// Whether `synchronous` is `FULL` at the moment.
    full: bool,
}

impl Worker {
    async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH);
        while self.jobs.recv_many(&mut waiting, BATCH).await > 0 {
            let mut batch = Vec::with_capacity(waiting.len());
            let mut durability = Durability::Relaxed;
            let mut closing = None;
            for message in waiting.drain(..) {
                match message {
                    Message::Job(needs, job) => {
                        if needs == Durability::Full {
                            durability = Durability::Full;
                        }
                        batch.push(job);
                    }
                    Message::Close(done) => closing = Some(done),
                }
            }
            if !batch.is_empty() {
                let failure = self.commit(&mut batch, durability).await.err().map(|error| error.to_string());
                if let Some(why) = &failure {
                    tracing::error!(
                        why,
                        jobs = batch.len(),
                        "a transaction failed; none of its writes were acknowledged"
                    );
                }
                for job in batch {
                    job.finish(failure.as_deref());
                }
            }
            if let Some(done) = closing {
                let _ = self.connection.close().await;
                let _ = done.send(());
                return;
            }
        }
    }

    async fn commit(&mut self, batch: &mut [Box<dyn Job>], durability: Durability) -> Result<(), sqlx::Error> {
        let full = durability == Durability::Full;
        if full != self.full {
            let pragma = if full { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            self.connection.execute(pragma).await?;
            self.full = full;
        }
        self.connection.execute("BEGIN IMMEDIATE").await?;
        let done = match self.run_jobs(batch).await {
            Ok(end) => self.connection.execute(end).await.map(|_| ()),
            Err(error) => Err(error),
        };
        if done.is_err() {
            // A full disk has rolled back already; then this fails and changes nothing.
            let _ = self.connection.execute("ROLLBACK").await;
        }
        done
    }

    /// A savepoint a job, so that one job's failure does not undo the others'. Answers how to end the transaction.
    async fn run_jobs(&mut self, batch: &mut [Box<dyn Job>]) -> Result<&'static str, sqlx::Error> {
        if let [job] = batch {
            return Ok(if job.run(&mut self.connection).await { "COMMIT" } else { "ROLLBACK" });
        }
        for job in batch {
            self.connection.execute("SAVEPOINT job").await?;
            let end = if job.run(&mut self.connection).await { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
            self.connection.execute(end).await?;
        }
        Ok("COMMIT")
    }
}
