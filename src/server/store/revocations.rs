//! The feed of what ended while its access tokens may still be alive. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Connection, Durability, Ending, Store, StoreError, on, read};

#[derive(Clone, Debug, FromRow, serde::Serialize, serde::Deserialize)]
pub struct RevocationRow {
    pub id: i64,
    pub session_id: Option<Uuid>,
    pub user_id: Uuid,
    pub reason: Option<String>,
    pub ended_by: Option<String>,
    pub min_claims_version: Option<i64>,
    pub at: i64,
    pub until: i64,
}

impl Store {
    /// What still matters at `now` of the rows after `after`, oldest first, at most `limit` of them.
    pub async fn list_live_revocations(
        &self,
        after: i64,
        now: i64,
        limit: i64,
    ) -> Result<Vec<RevocationRow>, StoreError> {
        let sql = "SELECT id, session_id, user_id, reason, ended_by, min_claims_version, at, until
                   FROM revocations WHERE id > $1 AND until > $2 ORDER BY id LIMIT $3";
        Ok(read!(self, pool => sqlx::query_as(sql).bind(after).bind(now).bind(limit).fetch_all(pool).await)?)
    }

    /// Forgets what no living token can concern.
    pub async fn delete_dead_revocations(&self, now: i64) -> Result<u64, StoreError> {
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = "DELETE FROM revocations WHERE until <= $1";
                    Ok(on!(connection, c => sqlx::query(sql).bind(now).execute(c).await?.rows_affected()))
                })
            })
            .await
    }
}

pub(super) async fn insert_revocation(
    connection: &mut Connection,
    session: Uuid,
    user: Uuid,
    ending: &Ending,
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO revocations (session_id, user_id, reason, ended_by, at, until) VALUES ($1, $2, $3, $4, $5, $6)";
    on!(connection, c => {
        let insert = sqlx::query(sql).bind(session).bind(user).bind(ending.reason.as_str()).bind(&ending.by);
        insert.bind(ending.at).bind(ending.until).execute(c).await?;
    });
    Ok(())
}

/// Tokens of this person below `minimum` are stale from now on.
pub(super) async fn insert_claims_change(
    connection: &mut Connection,
    user: Uuid,
    minimum: i64,
    at: i64,
    until: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO revocations (user_id, min_claims_version, at, until) VALUES ($1, $2, $3, $4)";
    on!(connection, c => {
        sqlx::query(sql).bind(user).bind(minimum).bind(at).bind(until).execute(c).await?;
    });
    Ok(())
}
