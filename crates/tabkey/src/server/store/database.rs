//! An application's own tables, on the connections of sign-in. Runs in: the server.

use futures::future::BoxFuture;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{
    Db, Durability, Readers, Store, Writer,
    bounds::{Bounds, LIMIT, Watch, bounded},
    pool::Reading,
};
use tabkey_core::Error;

/// The one database, for tables of the application's own. Cheap to clone.
///
/// ```
/// # use tabkey::{Error, on, server::{BoxFuture, Database}};
/// async fn rename(database: &Database, id: uuid::Uuid, text: String) -> Result<(), Error> {
///     let sql = "UPDATE notes SET text = $2 WHERE id = $1";
///     let renamed = database.write(move |db| {
///         Box::pin(async move {
///             Ok(on!(db, c => sqlx::query(sql).bind(id).bind(text).execute(c).await?.rows_affected()))
///         })
///     });
///     if renamed.await? == 1 { Ok(()) } else { Err(Error::NotFound) }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Database(Store);

impl Database {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }

    /// Runs `work` on a connection that refuses to write. Several statements in it may see different states.
    ///
    /// Errors: the work's own; 503 where no connection is free, the work takes longer than five seconds, or panics.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: for<'c> FnOnce(&'c mut Db<'_>) -> BoxFuture<'c, Result<T, Error>>,
    {
        self.0.look_up("read", work).await
    }

    /// Runs `work` in a transaction, and answers once a crash of the machine does not lose it; an error undoes all of it. Work
    /// that was begun is finished, though its caller goes away. Everybody who writes waits for it on SQLite: let it do
    /// nothing but statements, and never call this in itself or in a hook, where it would wait for its own end.
    ///
    /// Errors: the work's own; 503 where too much waits, the work takes longer than five seconds, or panics.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db<'_>) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
    {
        // On SQLite all writes share one connection, and what waits shares a commit.
        let turn = match &self.0.writer {
            Writer::Sqlite(_) => None,
            Writer::Postgres(_) => Some(self.0.turn().await?),
        };
        let written = self.0.writer.write(Durability::Full, move |connection| {
            Box::pin(async move {
                let _turn = turn;
                let bounds = Bounds::begin(connection).await?;
                let mut db = connection.db();
                let done = bounded(async { work(&mut db).await }).await;
                bounds.end(connection, "write", done).await
            })
        });
        Ok(written.await?)
    }
}

impl Store {
    pub(super) async fn look_up<T, F>(&self, act: &'static str, work: F) -> Result<T, Error>
    where
        F: for<'c> FnOnce(&'c mut Db<'_>) -> BoxFuture<'c, Result<T, Error>>,
    {
        let _turn = self.turn().await?;
        match &self.readers {
            Readers::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                let watch = Watch::over(&mut connection).await?;
                let mut db = Db::Sqlite(&mut connection);
                let done = bounded(async { work(&mut db).await }).await;
                watch.end(&mut connection).await?;
                done.unwrap_or_else(|broken| Err(broken.told(act)))
            }
            Readers::Postgres(pool) => {
                let mut reading = Reading::by(pool).await?;
                let mut db = Db::Postgres(reading.begin_read_only().await?);
                match bounded(async { work(&mut db).await }).await {
                    // In the middle of a statement, or of nothing at all: nobody waits for its end.
                    Err(broken) => {
                        reading.close().await;
                        Err(broken.told(act))
                    }
                    Ok(done) => {
                        let ended = done.as_ref().map(drop).map_err(|_| sqlx::Error::WorkerCrashed);
                        let given_back = reading.give_back(Ok(ended)).await;
                        match (done, given_back) {
                            (Ok(_), Err(error)) => Err(error.into()),
                            (done, _) => done,
                        }
                    }
                }
            }
        }
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        match timeout(LIMIT, self.own.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Error::busy()),
        }
    }
}
