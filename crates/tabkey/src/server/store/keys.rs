//! Sealed keys. Runs in: the server.

use sqlx::FromRow;

use super::{Connection, Durability, SecurityEvent, Store, StoreError, on, read, security_events::insert_event};

#[derive(Clone, PartialEq, Eq, FromRow)]
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

/// What takes over, all or nothing.
pub struct KeyRotation {
    /// Where another process was first with its id, that one's rotation counts and this one is none.
    pub signing: NewKey,
    pub refresh: Option<NewKey>,
    /// Whether the signing keys before it are removed, rather than retired.
    pub removes_others: bool,
}

pub(super) const LIST: &str = "SELECT id, kind, sealed, active_from, retired_at FROM keys ORDER BY id";

impl Store {
    /// The oldest first.
    pub async fn list_keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        Ok(read!(self, pool => sqlx::query_as(LIST).fetch_all(pool).await)?)
    }

    /// Saves new keys, unless another process was first with one of the same id.
    pub async fn create_keys(&self, keys: Vec<NewKey>) -> Result<(), StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    for key in &keys {
                        insert(connection, key).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Lets new keys take over; false where another process was first.
    pub async fn rotate_keys(&self, rotation: KeyRotation, event: SecurityEvent) -> Result<bool, StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    if !insert(connection, &rotation.signing).await? {
                        return Ok(false);
                    }
                    if rotation.removes_others {
                        remove_others(connection, &rotation.signing).await?;
                    } else {
                        retire_others(connection, &rotation.signing).await?;
                    }
                    if let Some(refresh) = &rotation.refresh
                        && insert(connection, refresh).await?
                    {
                        retire_others(connection, refresh).await?;
                    }
                    insert_event(connection, &event).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Forgets keys that were retired at these times or before: nothing made under them is alive.
    pub async fn delete_dead_keys(&self, signing: i64, refresh: i64) -> Result<u64, StoreError> {
        let sql =
            "DELETE FROM keys WHERE (kind = 'signing' AND retired_at <= $1) OR (kind = 'refresh' AND retired_at <= $2)";
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    Ok(on!(connection, c => sqlx::query(sql).bind(signing).bind(refresh).execute(c).await?.rows_affected()))
                })
            })
            .await
    }
}

/// False where the id is taken.
async fn insert(connection: &mut Connection, key: &NewKey) -> Result<bool, StoreError> {
    let sql = "INSERT INTO keys (id, kind, sealed, created_at, active_from) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
    Ok(on!(connection, c => {
        let insert = sqlx::query(sql).bind(key.id).bind(key.kind).bind(&key.sealed);
        insert.bind(key.created_at).bind(key.active_from).execute(c).await?.rows_affected()
    }) == 1)
}

/// From the successor's first moment on the others make nothing; one that was still to come never will.
async fn retire_others(connection: &mut Connection, successor: &NewKey) -> Result<(), StoreError> {
    let sql =
        "UPDATE keys SET retired_at = $1 WHERE kind = $2 AND id <> $3 AND (retired_at IS NULL OR retired_at > $1)";
    on!(connection, c => {
        sqlx::query(sql).bind(successor.active_from).bind(successor.kind).bind(successor.id).execute(c).await?;
    });
    Ok(())
}

async fn remove_others(connection: &mut Connection, successor: &NewKey) -> Result<(), StoreError> {
    let sql = "DELETE FROM keys WHERE kind = $1 AND id <> $2";
    on!(connection, c => {
        sqlx::query(sql).bind(successor.kind).bind(successor.id).execute(c).await?;
    });
    Ok(())
}
