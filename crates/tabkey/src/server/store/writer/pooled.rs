//! PostgreSQL's writer: a pool whose commits wait for the disk, and one whose commits do not. Runs in: the server.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use tokio::time::{Instant, timeout_at};

use super::{Durability, GRACE, PATIENCE, Shape, Work};
use crate::server::store::{Connection, StoreError, pool::Pool};

#[derive(Clone, Debug)]
pub struct Pooled {
    /// `synchronous_commit = off`.
    pub relaxed: Pool,
    pub full: Pool,
}

impl Pooled {
    pub async fn close(&self) {
        tokio::join!(self.relaxed.close(), self.full.close());
    }

    /// In a task of its own, so that a caller who goes away leaves no half-done transaction behind.
    pub async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        shape: Shape,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        let pool = match durability {
            Durability::Relaxed => self.relaxed.clone(),
            Durability::Full => self.full.clone(),
        };
        let deadline = Instant::now() + PATIENCE;
        let task = tokio::spawn(async move {
            let lent = pool.lend().await?;
            let in_transaction = shape == Shape::Transaction || lent.needs_transactions();
            let mut connection = Connection::Postgres(lent);
            let running = AssertUnwindSafe(run(&mut connection, in_transaction, deadline, work)).catch_unwind();
            let done = timeout_at(deadline + GRACE, running).await;
            match done {
                Ok(Ok(Ok(result))) => Ok(result),
                Ok(Ok(Err(error))) => {
                    if matches!(error, StoreError::Outdated(_)) {
                        pool.found_outdated();
                    }
                    let rolling_back = timeout_at(deadline + GRACE, connection.run("ROLLBACK"));
                    if in_transaction && !matches!(rolling_back.await, Ok(Ok(()))) {
                        connection.close().await;
                    }
                    Err(error)
                }
                Ok(Err(_)) => {
                    connection.close().await;
                    Err(StoreError::Unavailable("a job panicked".into()))
                }
                // Given back, it would be waited for until TCP gives up, and the pool be empty all that time.
                Err(_) => {
                    if let Connection::Postgres(lent) = &connection {
                        lent.gave_no_answer();
                    }
                    connection.close().await;
                    Err(StoreError::Unavailable("the database did not answer in time".into()))
                }
            }
        });
        match timeout_at(deadline, task).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(StoreError::Unavailable(error.to_string())),
            Err(_) => Err(StoreError::Unavailable("the database did not answer in time".into())),
        }
    }
}

async fn run<T>(
    connection: &mut Connection,
    in_transaction: bool,
    deadline: Instant,
    work: impl Work<T>,
) -> Result<T, StoreError> {
    if !in_transaction {
        return work(connection).await;
    }
    connection.begin().await?;
    let result = work(connection).await?;
    // The caller has been told that nothing was done.
    if Instant::now() >= deadline {
        return Err(StoreError::Unavailable("the database was too slow".into()));
    }
    connection.run("COMMIT").await?;
    Ok(result)
}
