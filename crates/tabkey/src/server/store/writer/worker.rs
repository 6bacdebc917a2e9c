//! The task that owns the writing connection. Runs in: the server.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{FutureExt, future::BoxFuture};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{Durability, Work};
use crate::server::store::{Connection, StoreError};

/// Jobs in one transaction: enough to share a commit, few enough to keep it short.
const BATCH: usize = 256;

pub enum Message {
    Job(Queued),
    Close(oneshot::Sender<()>),
}

/// A job in the queue.
pub struct Queued {
    pub durability: Durability,
    /// Whether the database itself undoes it as a whole when it fails.
    pub is_one_statement: bool,
    /// Not begun after this.
    pub deadline: Instant,
    pub job: Box<dyn Job>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Message")
    }
}

/// Work with its type forgotten.
pub trait Job: Send {
    /// Answers whether the work succeeded; keeps the result.
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, bool>;
    /// Tells the caller; `failure` says why the shared commit failed.
    fn finish(self: Box<Self>, failure: Option<&str>);
}

pub struct Pending<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Pending<T, F> {
    pub fn new(work: F, reply: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { work: Some(work), result: None, reply }
    }
}

impl<T, F> Job for Pending<T, F>
where
    T: Send + 'static,
    F: Work<T>,
{
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, bool> {
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
            (why, _) => Err(StoreError::Unavailable(why.unwrap_or("the write waited too long").to_owned())),
        };
        let _ = self.reply.send(result);
    }
}

pub struct Worker {
    connection: Connection,
    options: SqliteConnectOptions,
    jobs: mpsc::Receiver<Message>,
    failing: Arc<AtomicBool>,
    /// What `synchronous` is set to; `None` when that is not known.
    durability: Option<Durability>,
}

impl Worker {
    pub fn new(
        connection: Connection,
        options: SqliteConnectOptions,
        jobs: mpsc::Receiver<Message>,
        failing: Arc<AtomicBool>,
    ) -> Self {
        Self { connection, options, jobs, failing, durability: None }
    }

    /// Until it is told to close, or nobody can write any more.
    pub async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH);
        while self.jobs.recv_many(&mut waiting, BATCH).await > 0 {
            let mut batch = Vec::with_capacity(waiting.len());
            let mut closing = None;
            for message in waiting.drain(..) {
                match message {
                    Message::Job(queued) => batch.push(queued),
                    Message::Close(done) => closing = Some(done),
                }
            }
            if !batch.is_empty() {
                self.write(batch).await;
            }
            if let Some(done) = closing {
                self.connection.close().await;
                let _ = done.send(());
                return;
            }
        }
    }

    async fn write(&mut self, mut batch: Vec<Queued>) {
        let outcome = AssertUnwindSafe(self.commit(&mut batch)).catch_unwind().await;
        let failure = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("a job panicked".to_owned()),
        };
        self.failing.store(failure.is_some(), Ordering::Relaxed);
        if let Some(why) = &failure {
            tracing::error!(why, jobs = batch.len(), "a transaction failed; none of its writes were acknowledged");
            self.reopen().await;
        }
        for queued in batch {
            queued.job.finish(failure.as_deref());
        }
    }

    async fn commit(&mut self, batch: &mut [Queued]) -> Result<(), sqlx::Error> {
        let full = batch.iter().any(|queued| queued.durability == Durability::Full);
        let durability = if full { Durability::Full } else { Durability::Relaxed };
        if self.durability != Some(durability) {
            let pragma = if full { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            self.connection.run(pragma).await?;
            self.durability = Some(durability);
        }
        self.connection.run("BEGIN IMMEDIATE").await?;
        self.run_jobs(batch).await?;
        self.connection.run("COMMIT").await?;
        Ok(())
    }

    /// A savepoint for every job that needs one, so that its failure does not undo the others.
    async fn run_jobs(&mut self, batch: &mut [Queued]) -> Result<(), sqlx::Error> {
        for queued in batch.iter_mut().filter(|queued| Instant::now() < queued.deadline) {
            if queued.is_one_statement {
                // A statement that cannot conflict fails with the disk or the file, which may have undone the whole
                // transaction: what follows would be written outside it.
                if !queued.job.run(&mut self.connection).await {
                    return Err(sqlx::Error::Protocol("a statement failed".into()));
                }
                continue;
            }
            self.connection.run("SAVEPOINT job").await?;
            let succeeded = queued.job.run(&mut self.connection).await;
            let end = if succeeded { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
            self.connection.run(end).await?;
        }
        Ok(())
    }

    /// A fresh connection: no half-done transaction, and no handle to a file that is gone. Where the file cannot be
    /// opened, the old one is rolled back and kept.
    async fn reopen(&mut self) {
        self.durability = None;
        let _ = self.connection.run("ROLLBACK").await;
        if let Ok(fresh) = SqliteConnection::connect_with(&self.options).await {
            std::mem::replace(&mut self.connection, Connection::Sqlite(fresh)).close().await;
        }
    }
}
