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
    /// The one session that goes on, where all of a person ended.
    #[serde(default)]
    pub kept_session_id: Option<Uuid>,
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
        let sql = "SELECT id, session_id, user_id, reason, ended_by, min_claims_version, kept_session_id, at, until
                   FROM revocations WHERE id > $1 AND until > $2 ORDER BY id LIMIT $3";
        Ok(read!(self, pool => sqlx::query_as(sql).bind(after).bind(now).bind(limit).fetch_all(pool).await)?)
    }

    /// Notes that this node makes tokens that live so long (milliseconds): what ends from now on stays in the feed as long as
    /// they live, however short the life is that another node, or a later setting, gives them.
    pub async fn save_token_life(&self, life: i64, now: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO token_lives (life, used_at) VALUES ($1, $2)
                   ON CONFLICT (life) DO UPDATE SET used_at = excluded.used_at WHERE token_lives.used_at < excluded.used_at";
        self.writer
            .write_one(Durability::Full, move |connection| {
                Box::pin(async move {
                    on!(connection, c => sqlx::query(sql).bind(life).bind(now).execute(c).await.map(drop)?);
                    Ok(())
                })
            })
            .await
    }

    /// Forgets lives of which no token is alive.
    pub async fn delete_dead_token_lives(&self, now: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM token_lives WHERE used_at + life + 120000 < $1";
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    Ok(on!(connection, c => sqlx::query(sql).bind(now).execute(c).await?.rows_affected()))
                })
            })
            .await
    }
}

/// When the last token that was made until $at is dead, whatever life the settings gave it, with a minute for clocks that
/// differ.
macro_rules! until {
    ($at:literal) => {
        concat!("(", $at, " + 60000 + (SELECT coalesce(max(life), 0) FROM token_lives))")
    };
}

/// One session has ended. Answers until when the feed keeps it.
pub(super) async fn insert_revocation(
    connection: &mut Connection,
    session: Uuid,
    user: Uuid,
    ending: &Ending,
) -> Result<i64, StoreError> {
    let sql = concat!(
        "INSERT INTO revocations (session_id, user_id, reason, ended_by, at, until) VALUES ($1, $2, $3, $4, $5, ",
        until!("$5"),
        ") RETURNING until"
    );
    Ok(on!(connection, c => {
        let insert = sqlx::query_scalar(sql).bind(session).bind(user).bind(ending.reason.as_str()).bind(&ending.by);
        insert.bind(ending.at).fetch_one(c).await?
    }))
}

/// What has begun since, and the session that did something then, is about to end, but for one. Answers until when the feed
/// keeps it.
pub(super) async fn insert_revocations_since(
    connection: &mut Connection,
    user: Uuid,
    since: i64,
    session: Option<Uuid>,
    except: Option<Uuid>,
    ending: &Ending,
) -> Result<i64, StoreError> {
    let sql = concat!(
        "INSERT INTO revocations (session_id, user_id, reason, ended_by, at, until)
         SELECT id, user_id, $2, $3, $4, ",
        until!("$4"),
        " FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND (created_at >= $5 OR id = $6) AND ($7 IS NULL OR id <> $7)
         RETURNING until"
    );
    let until: Vec<i64> = on!(connection, c => {
        let insert = sqlx::query_scalar(sql).bind(user).bind(ending.reason.as_str()).bind(&ending.by).bind(ending.at);
        insert.bind(since).bind(session).bind(except).fetch_all(c).await?
    });
    Ok(until.first().copied().unwrap_or(ending.at))
}

/// All sessions of a person have ended, but for one: tokens below a claims version are theirs. Answers until when the feed
/// keeps it.
pub(super) async fn insert_all_ended(
    connection: &mut Connection,
    user: Uuid,
    below: i64,
    kept: Option<Uuid>,
    ending: &Ending,
) -> Result<i64, StoreError> {
    let sql = concat!(
        "INSERT INTO revocations (user_id, min_claims_version, kept_session_id, reason, ended_by, at, until)
         VALUES ($1, $2, $3, $4, $5, $6, ",
        until!("$6"),
        ") RETURNING until"
    );
    Ok(on!(connection, c => {
        let insert = sqlx::query_scalar(sql).bind(user).bind(below).bind(kept).bind(ending.reason.as_str());
        insert.bind(&ending.by).bind(ending.at).fetch_one(c).await?
    }))
}

/// Tokens of this person below `minimum` are stale from now on.
pub(super) async fn insert_claims_change(
    connection: &mut Connection,
    user: Uuid,
    minimum: i64,
    at: i64,
) -> Result<(), StoreError> {
    let sql = concat!(
        "INSERT INTO revocations (user_id, min_claims_version, at, until) VALUES ($1, $2, $3, ",
        until!("$3"),
        ")"
    );
    on!(connection, c => sqlx::query(sql).bind(user).bind(minimum).bind(at).execute(c).await.map(drop)?);
    Ok(())
}

/// Answers the version that tokens must have from now on.
pub(super) async fn raise_claims_version(connection: &mut Connection, user: Uuid) -> Result<i64, StoreError> {
    let sql = "UPDATE users SET claims_version = claims_version + 1 WHERE id = $1 RETURNING claims_version";
    Ok(on!(connection, c => sqlx::query_scalar(sql).bind(user).fetch_one(c).await?))
}
