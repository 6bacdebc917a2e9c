//! Accounts as an admin looks at them: page by page, however many there are. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Store, StoreError, read};

/// One account. Times are unix milliseconds.
#[derive(Clone, Debug, FromRow)]
pub struct AccountRow {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    pub created_at: i64,
    /// To the minute.
    pub last_used_at: i64,
    pub blocked_at: Option<i64>,
    pub sign_in_after: Option<i64>,
    /// In the order of their names, a space between them.
    pub roles: Option<String>,
    /// Sessions that nothing and no limit has ended.
    pub sessions: i64,
}

/// Where a page of a list begins, and how much it holds.
#[derive(Clone, Debug)]
pub struct Page<K> {
    /// The last row of the page before.
    pub after: Option<K>,
    pub limit: i64,
}

/// How a name or an address begins: every text from `low` to below `high`, and from `low_name` to below `high_name`.
#[derive(Clone, Debug)]
pub struct Prefix {
    pub low: String,
    pub high: String,
    pub low_name: String,
    pub high_name: String,
}

/// A statement on accounts; `$1` is now.
macro_rules! accounts {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, email, display_name, created_at, last_used_at, blocked_at, sign_in_after,
                    (SELECT string_agg(r.role, ' ' ORDER BY r.role) FROM user_roles r WHERE r.user_id = users.id) AS roles,
                    (SELECT count(*) FROM sessions s WHERE s.user_id = users.id AND s.ended_at IS NULL
                        AND s.expires_at > $1 AND s.last_used_at + s.idle_limit > $1) AS sessions
             FROM users ",
            $($rest),*
        )
    };
}

/// Three ranges, each in an index, and of each ten thousand at most: where more begin alike, only those are looked at.
/// `lower` knows only ASCII.
macro_rules! found {
    ($low:literal, $high:literal, $low_name:literal, $high_name:literal) => {
        concat!(
            " AND id IN (SELECT id FROM (SELECT id FROM users WHERE email >= ",
            $low,
            " AND email < ",
            $high,
            " ORDER BY email LIMIT 10000) AS by_email",
            " UNION SELECT id FROM (SELECT id FROM users WHERE lower(display_name) >= ",
            $low,
            " AND lower(display_name) < ",
            $high,
            " ORDER BY lower(display_name) LIMIT 10000) AS by_lower_name",
            " UNION SELECT id FROM (SELECT id FROM users WHERE lower(display_name) >= ",
            $low_name,
            " AND lower(display_name) < ",
            $high_name,
            " ORDER BY lower(display_name) LIMIT 10000) AS by_name)"
        )
    };
}

/// Binds the ranges, where there are some.
macro_rules! bind_prefix {
    ($query:expr, $prefix:expr) => {
        match &$prefix {
            Some(prefix) => $query.bind(&prefix.low).bind(&prefix.high).bind(&prefix.low_name).bind(&prefix.high_name),
            None => $query,
        }
    };
}

impl Store {
    pub async fn find_account(&self, id: Uuid, now: i64) -> Result<Option<AccountRow>, StoreError> {
        let sql = accounts!("WHERE id = $2");
        Ok(read!(self, pool => sqlx::query_as(sql).bind(now).bind(id).fetch_optional(pool).await)?)
    }

    /// The newest first: ids grow with time.
    pub async fn list_accounts_by_age(
        &self,
        page: Page<Uuid>,
        prefix: Option<Prefix>,
        now: i64,
    ) -> Result<Vec<AccountRow>, StoreError> {
        let sql = match prefix {
            None => accounts!("WHERE id < $3 ORDER BY id DESC LIMIT $2"),
            Some(_) => accounts!("WHERE id < $3", found!("$4", "$5", "$6", "$7"), " ORDER BY id DESC LIMIT $2"),
        };
        let after = page.after.unwrap_or(Uuid::max());
        Ok(read!(self, pool => {
            let query = sqlx::query_as(sql).bind(now).bind(page.limit).bind(after);
            bind_prefix!(query, prefix).fetch_all(pool).await
        })?)
    }

    /// From a to z. A page after an account that is gone is the first.
    pub async fn list_accounts_by_email(
        &self,
        page: Page<Uuid>,
        prefix: Option<Prefix>,
        now: i64,
    ) -> Result<Vec<AccountRow>, StoreError> {
        let sql = match prefix {
            None => {
                accounts!(
                    "WHERE email > coalesce((SELECT u.email FROM users u WHERE u.id = $3), '') ORDER BY email LIMIT $2"
                )
            }
            Some(_) => accounts!(
                "WHERE email > coalesce((SELECT u.email FROM users u WHERE u.id = $3), '')",
                found!("$4", "$5", "$6", "$7"),
                " ORDER BY email LIMIT $2"
            ),
        };
        Ok(read!(self, pool => {
            let query = sqlx::query_as(sql).bind(now).bind(page.limit).bind(page.after);
            bind_prefix!(query, prefix).fetch_all(pool).await
        })?)
    }

    /// The last used first.
    pub async fn list_accounts_by_use(
        &self,
        page: Page<(i64, Uuid)>,
        prefix: Option<Prefix>,
        now: i64,
    ) -> Result<Vec<AccountRow>, StoreError> {
        let sql = match prefix {
            None => accounts!("WHERE (last_used_at, id) < ($3, $4) ORDER BY last_used_at DESC, id DESC LIMIT $2"),
            Some(_) => accounts!(
                "WHERE (last_used_at, id) < ($3, $4)",
                found!("$5", "$6", "$7", "$8"),
                " ORDER BY last_used_at DESC, id DESC LIMIT $2"
            ),
        };
        let (at, id) = page.after.unwrap_or((i64::MAX, Uuid::max()));
        Ok(read!(self, pool => {
            let query = sqlx::query_as(sql).bind(now).bind(page.limit).bind(at).bind(id);
            bind_prefix!(query, prefix).fetch_all(pool).await
        })?)
    }

    /// People with a session that was used after `since`, the last used first.
    pub async fn list_accounts_online(&self, since: i64, limit: i64, now: i64) -> Result<Vec<AccountRow>, StoreError> {
        let sql = accounts!(
            "WHERE last_used_at > $2 - 60000
               AND EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = users.id AND s.ended_at IS NULL AND s.last_used_at > $2)
             ORDER BY last_used_at DESC, id DESC LIMIT $3"
        );
        Ok(read!(self, pool => sqlx::query_as(sql).bind(now).bind(since).bind(limit).fetch_all(pool).await)?)
    }

    /// How many people [`Store::list_accounts_online`] would answer; counted up to `limit`.
    pub async fn count_accounts_online(&self, since: i64, limit: i64) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM (
                       SELECT 1 FROM users WHERE last_used_at > $1 - 60000
                          AND EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = users.id AND s.ended_at IS NULL AND s.last_used_at > $1)
                       LIMIT $2) AS online";
        Ok(read!(self, pool => sqlx::query_scalar(sql).bind(since).bind(limit).fetch_one(pool).await)?)
    }

    /// Sessions that nothing and no limit has ended.
    pub async fn count_live_sessions(&self, now: i64) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM sessions WHERE ended_at IS NULL AND expires_at > $1 AND last_used_at + idle_limit > $1";
        Ok(read!(self, pool => sqlx::query_scalar(sql).bind(now).fetch_one(pool).await)?)
    }
}
