//! Reading the record of what happened. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Page, Store, StoreError, read};

/// One event, with the addresses of those concerned as they are now.
#[derive(Clone, Debug, FromRow)]
pub struct LogRow {
    pub id: i64,
    pub at: i64,
    pub kind: String,
    pub user_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub email: Option<String>,
    /// Who did it, where that was somebody else.
    pub actor: Option<String>,
    pub device: Option<String>,
    pub address: Option<String>,
    pub detail: Option<String>,
}

macro_rules! events {
    ($where:literal) => {
        concat!(
            "SELECT id, at, kind, user_id, session_id, device, address, detail,
                    (SELECT u.email FROM users u WHERE u.id = e.user_id) AS email,
                    (SELECT u.email FROM users u WHERE u.id = e.actor_id) AS actor
             FROM security_events e WHERE id < $1 ",
            $where,
            " ORDER BY id DESC LIMIT $2"
        )
    };
}

impl Store {
    /// The newest first: of one kind, about one person, or all.
    pub async fn list_events(
        &self,
        page: Page<i64>,
        kind: Option<&str>,
        user: Option<Uuid>,
    ) -> Result<Vec<LogRow>, StoreError> {
        let sql = match (kind, user) {
            (None, None) => events!(""),
            (Some(_), None) => events!("AND kind = $3"),
            (None, Some(_)) => events!("AND user_id = $3"),
            (Some(_), Some(_)) => events!("AND kind = $3 AND user_id = $4"),
        };
        let before = page.after.unwrap_or(i64::MAX);
        Ok(read!(self, pool => {
            let query = sqlx::query_as(sql).bind(before).bind(page.limit);
            let query = if let Some(kind) = kind { query.bind(kind) } else { query };
            let query = if let Some(user) = user { query.bind(user) } else { query };
            query.fetch_all(pool).await
        })?)
    }

    /// One event about a person.
    pub async fn find_event(&self, id: i64, user: Uuid) -> Result<Option<LogRow>, StoreError> {
        let sql = events!("AND id = $3 AND user_id = $4");
        Ok(read!(self, pool => {
            sqlx::query_as(sql).bind(i64::MAX).bind(1_i64).bind(id).bind(user).fetch_optional(pool).await
        })?)
    }

    /// How many events of each kind each minute (unix minutes) since `since` had.
    pub async fn count_events(&self, since: i64) -> Result<Vec<(i64, String, i64)>, StoreError> {
        let sql = "SELECT at / 60000, kind, count(*) FROM security_events WHERE at >= $1 GROUP BY 1, 2";
        Ok(read!(self, pool => sqlx::query_as(sql).bind(since).fetch_all(pool).await)?)
    }
}
