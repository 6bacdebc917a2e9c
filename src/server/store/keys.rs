//! Sealed keys. Runs in: the server.

use sqlx::FromRow;

use super::{Durability, Store, StoreError, on, read};

#[derive(Clone, FromRow)]
pub struct KeyRow {
    pub id: i64,
    /// `signing` or `refresh`.
    pub kind: String,
    pub sealed: Vec<u8>,
    pub active_from: i64,
    pub retired_at: Option<i64>,
}

pub struct NewKey {
    pub id: i64,
    pub kind: &'static str,
    pub sealed: Vec<u8>,
    pub created_at: i64,
    pub active_from: i64,
}

impl Store {
    /// The oldest first.
    pub async fn list_keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        let sql = "SELECT id, kind, sealed, active_from, retired_at FROM keys ORDER BY id";
        Ok(read!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// Saves new keys, unless another process was first with one of the same id.
    pub async fn create_keys(&self, keys: Vec<NewKey>) -> Result<(), StoreError> {
        let sql = "INSERT INTO keys (id, kind, sealed, created_at, active_from) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    for key in &keys {
                        on!(connection, c => {
                            let insert = sqlx::query(sql).bind(key.id).bind(key.kind).bind(&key.sealed);
                            insert.bind(key.created_at).bind(key.active_from).execute(c).await?;
                        });
                    }
                    Ok(())
                })
            })
            .await
    }
}
