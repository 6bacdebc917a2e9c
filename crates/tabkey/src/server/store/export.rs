//! What a person's copy of their data holds beside their account. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Store, StoreError, read};

/// A session as it is on record.
#[derive(Clone, Debug, FromRow)]
pub struct KeptSession {
    pub id: Uuid,
    pub name: String,
    pub browser: String,
    pub os: String,
    pub kind: String,
    pub user_agent: String,
    pub address: String,
    pub created_at: i64,
    pub last_used_at: i64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub end_reason: Option<String>,
    pub ended_by: Option<String>,
}

/// How much there is of a person, and what an admin asked of them.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Kept {
    pub sessions: i64,
    pub lines: i64,
    /// Sessions that were proved before have to sign in again.
    pub sign_in_after: Option<i64>,
}

impl Store {
    /// The newest first.
    pub async fn list_kept_sessions(&self, user: Uuid, limit: i64) -> Result<Vec<KeptSession>, StoreError> {
        let sql =
            "SELECT id, name, browser, os, kind, user_agent, address, created_at, last_used_at, expires_at, ended_at,
                          end_reason, ended_by
                   FROM sessions WHERE user_id = $1 ORDER BY id DESC LIMIT $2";
        Ok(read!(self, pool => sqlx::query_as(sql).bind(user).bind(limit).fetch_all(pool).await)?)
    }

    /// `None` where the account is gone.
    pub async fn find_kept(&self, user: Uuid) -> Result<Option<Kept>, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM sessions WHERE user_id = $1) AS sessions,
                          (SELECT count(*) FROM security_events WHERE user_id = $1) AS lines,
                          sign_in_after
                   FROM users WHERE id = $1";
        Ok(read!(self, pool => sqlx::query_as(sql).bind(user).fetch_optional(pool).await)?)
    }
}
