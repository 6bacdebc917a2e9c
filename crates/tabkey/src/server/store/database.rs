//! An application's own tables, on the connections of sign-in. Runs in: the server.

use futures::future::BoxFuture;
use tokio::time::timeout;

use super::{
    Db, Durability, Readers, Store, StoreError,
    hooks::{LIMIT, bounded},
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

    /// Runs `work` on a connection to read by: SQLite refuses a write there, PostgreSQL does not. Several statements in it may
    /// see different states.
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
    /// nothing but statements.
    ///
    /// Errors: the work's own; 503 where too much waits, the work takes longer than five seconds, or panics.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db<'_>) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
    {
        let written = self.0.writer.write(Durability::Full, move |connection| {
            Box::pin(async move {
                let mut db = connection.db();
                bounded("write", async { work(&mut db).await }).await
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
        match &self.readers {
            Readers::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                let mut db = Db::Sqlite(&mut connection);
                Ok(bounded(act, async { work(&mut db).await }).await?)
            }
            Readers::Postgres(pool) => {
                let mut reading = Reading::by(pool).await?;
                let mut own = None;
                let statements = async {
                    let mut db = Db::Postgres(reading.begin().await?);
                    own = Some(bounded(act, async { work(&mut db).await }).await);
                    Ok(())
                };
                let outcome = timeout(LIMIT * 2, statements).await;
                reading.give_back(outcome).await?;
                let own = own.unwrap_or_else(|| Err(StoreError::Unavailable("nothing was read".into())));
                Ok(own?)
            }
        }
    }
}
