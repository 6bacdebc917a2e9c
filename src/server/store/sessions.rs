//! Sessions: created at sign-in, rotated at refresh, touched by use, ended once. Runs in: the server.

use sqlx::{FromRow, SqliteConnection};
use uuid::Uuid;

use super::{
    Durability, NewUser, SecurityEvent, Store, StoreError,
    revocations::insert_revocation,
    security_events::insert_event,
    users::{insert_user, update_password},
};
use crate::shared::EndReason;

pub struct NewSession {
    pub id: Uuid,
    pub user_id: Uuid,
    pub created_at: i64,
    pub expires_at: i64,
    pub idle_limit: i64,
    pub remember: bool,
    pub name: String,
    pub browser: String,
    pub os: String,
    pub kind: String,
    pub user_agent: String,
    pub address: String,
}

/// A session with what is asked of its user at every refresh.
#[derive(Clone, FromRow)]
pub struct SessionRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub generation: i64,
    pub confirmed: bool,
    pub rotated_at: i64,
    pub created_at: i64,
    pub last_used_at: i64,
    pub expires_at: i64,
    pub idle_limit: i64,
    pub remember: bool,
    pub name: String,
    pub browser: String,
    pub os: String,
    pub kind: String,
    pub address: String,
    pub ended_at: Option<i64>,
    pub end_reason: Option<String>,
    pub ended_by: Option<String>,
    pub user_blocked: bool,
}

/// How sessions end, and how long their access tokens may still be alive.
#[derive(Clone, Debug)]
pub struct Ending {
    pub reason: EndReason,
    pub at: i64,
    /// The device that did it.
    pub by: Option<String>,
    /// Until when the feed keeps it.
    pub until: i64,
}

/// A use that was seen: written in batches.
#[derive(Clone, Debug)]
pub struct SessionTouch {
    pub id: Uuid,
    pub generation: u32,
    pub at: i64,
    pub address: String,
}

const COLUMNS: &str = "s.id, s.user_id, s.generation, s.confirmed, s.rotated_at, s.created_at, s.last_used_at, s.expires_at, s.idle_limit,
    s.remember, s.name, s.browser, s.os, s.kind, s.address, s.ended_at, s.end_reason, s.ended_by, u.blocked_at IS NOT NULL AS user_blocked";

impl Store {
    /// One account with its first session. Errors: [`StoreError::EmailTaken`].
    pub async fn create_account(
        &self,
        user: NewUser,
        session: NewSession,
        replaced: Option<(Uuid, Ending)>,
        event: SecurityEvent,
    ) -> Result<(), StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    insert_user(connection, &user).await?;
                    begin_session(connection, session, replaced, event).await
                })
            })
            .await
    }

    /// A new session, and the end of the one that the browser held before.
    pub async fn create_session(
        &self,
        session: NewSession,
        replaced: Option<(Uuid, Ending)>,
        event: SecurityEvent,
    ) -> Result<(), StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move { begin_session(connection, session, replaced, event).await })
            })
            .await
    }

    pub async fn find_session(&self, id: Uuid) -> Result<Option<SessionRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.readers).await?)
    }

    /// A person's sessions that nothing and no limit has ended.
    pub async fn list_live_sessions(&self, user: Uuid, now: i64) -> Result<Vec<SessionRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_used_at + s.idle_limit > $2
             ORDER BY s.last_used_at DESC, s.id DESC"
        );
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(user).bind(now).fetch_all(&self.readers).await?)
    }

    /// Moves the live generation on; one statement, so that of any number of racing calls one answers true. An `event`
    /// is written where it did.
    pub async fn advance_session(
        &self,
        id: Uuid,
        from: i64,
        to: u32,
        now: i64,
        event: Option<SecurityEvent>,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE sessions SET generation = $3, confirmed = 0, rotated_at = $4 WHERE id = $1 AND generation = $2 AND ended_at IS NULL";
        self.writer
            .write(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let update = sqlx::query(sql).bind(id).bind(from).bind(to).bind(now);
                    let advanced = update.execute(&mut *connection).await?.rows_affected() == 1;
                    if let (true, Some(event)) = (advanced, &event) {
                        insert_event(connection, event).await?;
                    }
                    Ok(advanced)
                })
            })
            .await
    }

    /// Ends one session, at most once; `generation` is the one that the decision saw, where it matters. Answers whether
    /// this call ended it.
    pub async fn end_session(
        &self,
        id: Uuid,
        generation: Option<i64>,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3, ended_by = $4
                   WHERE id = $1 AND ended_at IS NULL AND ($5 IS NULL OR generation = $5) RETURNING user_id";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    let update = sqlx::query_scalar(sql)
                        .bind(id)
                        .bind(ending.at)
                        .bind(ending.reason.as_str())
                        .bind(&ending.by)
                        .bind(generation);
                    let user: Option<Uuid> = update.fetch_optional(&mut *connection).await?;
                    let Some(user) = user else { return Ok(false) };
                    insert_revocation(connection, id, user, &ending).await?;
                    insert_event(connection, &event).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Ends a person's sessions but one; answers those that this call ended.
    pub async fn end_sessions_of(
        &self,
        user: Uuid,
        except: Option<Uuid>,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<Vec<Uuid>, StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    insert_event(connection, &event).await?;
                    end_all_but(connection, user, except, &ending).await
                })
            })
            .await
    }

    /// Sets a new password and ends the person's other sessions, both or neither. Answers the ended sessions, or `None`
    /// when `old` was no longer in force.
    pub async fn save_password(
        &self,
        user: Uuid,
        old: String,
        new: String,
        keep: Uuid,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<Option<Vec<Uuid>>, StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    if !update_password(connection, user, &old, &new).await? {
                        return Ok(None);
                    }
                    insert_event(connection, &event).await?;
                    end_all_but(connection, user, Some(keep), &ending).await.map(Some)
                })
            })
            .await
    }

    /// Gives a live session of this user a name; false when there is none.
    pub async fn rename_session(&self, id: Uuid, user: Uuid, name: String) -> Result<bool, StoreError> {
        let sql = "UPDATE sessions SET name = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    Ok(sqlx::query(sql).bind(id).bind(user).bind(name).execute(connection).await?.rows_affected() == 1)
                })
            })
            .await
    }

    /// Notes uses: moves "last used" forward, and confirms the live generation where that is the one in use.
    pub async fn save_touches(&self, touches: Vec<SessionTouch>) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET last_used_at = max(last_used_at, $3), address = $4,
                          confirmed = CASE WHEN generation = $2 THEN 1 ELSE confirmed END
                   WHERE id = $1 AND ended_at IS NULL";
        self.writer
            .write(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    for touch in &touches {
                        let update =
                            sqlx::query(sql).bind(touch.id).bind(touch.generation).bind(touch.at).bind(&touch.address);
                        update.execute(&mut *connection).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Forgets sessions that ended, or ran out, before `before`. Answers how many.
    pub async fn delete_dead_sessions(&self, before: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ended_at < $1 OR expires_at < $1 LIMIT 1000)";
        self.writer
            .write(Durability::Relaxed, move |connection| {
                Box::pin(async move { Ok(sqlx::query(sql).bind(before).execute(connection).await?.rows_affected()) })
            })
            .await
    }
}

async fn begin_session(
    connection: &mut SqliteConnection,
    session: NewSession,
    replaced: Option<(Uuid, Ending)>,
    event: SecurityEvent,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at, idle_limit, remember, name, browser, os, kind, user_agent, address)
               VALUES ($1, $2, $3, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    sqlx::query(sql)
        .bind(session.id)
        .bind(session.user_id)
        .bind(session.created_at)
        .bind(session.expires_at)
        .bind(session.idle_limit)
        .bind(session.remember)
        .bind(&session.name)
        .bind(&session.browser)
        .bind(&session.os)
        .bind(&session.kind)
        .bind(&session.user_agent)
        .bind(&session.address)
        .execute(&mut *connection)
        .await?;
    insert_event(connection, &event).await?;
    let Some((old, ending)) = replaced else { return Ok(()) };
    let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL RETURNING user_id";
    let update = sqlx::query_scalar(sql).bind(old).bind(ending.at).bind(ending.reason.as_str());
    if let Some(user) = update.fetch_optional(&mut *connection).await? {
        insert_revocation(connection, old, user, &ending).await?;
    }
    Ok(())
}

async fn end_all_but(
    connection: &mut SqliteConnection,
    user: Uuid,
    except: Option<Uuid>,
    ending: &Ending,
) -> Result<Vec<Uuid>, StoreError> {
    // A session past a limit is over already; ending it again would count a device that nobody saw.
    let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3, ended_by = $4
               WHERE user_id = $1 AND ended_at IS NULL AND ($5 IS NULL OR id <> $5) AND expires_at > $2 AND last_used_at + idle_limit > $2
               RETURNING id";
    let update =
        sqlx::query_scalar(sql).bind(user).bind(ending.at).bind(ending.reason.as_str()).bind(&ending.by).bind(except);
    let ended: Vec<Uuid> = update.fetch_all(&mut *connection).await?;
    for id in &ended {
        insert_revocation(connection, *id, user, ending).await?;
    }
    Ok(ended)
}
