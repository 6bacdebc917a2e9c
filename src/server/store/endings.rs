//! How sessions end: once, with a row in the feed in the same transaction. Runs in: the server.

use uuid::Uuid;

use super::{
    Connection, Durability, SecurityEvent, SessionRow, Store, StoreError, links::void_asked, on,
    revocations::insert_revocation, security_events::insert_event, users::update_password,
};
use crate::shared::EndReason;

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

/// What a decision to end a session rests on: where that has changed meanwhile, it must be made again.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub generation: i64,
    pub last_used_at: i64,
}

impl From<&SessionRow> for Seen {
    fn from(row: &SessionRow) -> Self {
        Self { generation: row.generation, last_used_at: row.last_used_at }
    }
}

impl Store {
    /// Ends one session, at most once, and only while it is as it was `seen`. Answers whether this call ended it.
    pub async fn end_session(
        &self,
        id: Uuid,
        seen: Option<Seen>,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<bool, StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    let ended = end_one(connection, id, seen, &ending).await?.is_some();
                    if ended {
                        insert_event(connection, &event).await?;
                    }
                    Ok(ended)
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
                    void_asked(connection, user, ending.at).await?;
                    insert_event(connection, &event).await?;
                    end_all_but(connection, user, Some(keep), &ending).await.map(Some)
                })
            })
            .await
    }
}

/// Answers whose the session was, where it was live until now.
pub(super) async fn end_one(
    connection: &mut Connection,
    id: Uuid,
    seen: Option<Seen>,
    ending: &Ending,
) -> Result<Option<Uuid>, StoreError> {
    let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3, ended_by = $4
               WHERE id = $1 AND ended_at IS NULL AND ($5 IS NULL OR generation = $5) AND ($6 IS NULL OR last_used_at = $6)
               RETURNING user_id";
    let user: Option<Uuid> = on!(&mut *connection, c => {
        let update = sqlx::query_scalar(sql).bind(id).bind(ending.at).bind(ending.reason.as_str()).bind(&ending.by);
        let update = update.bind(seen.map(|seen| seen.generation)).bind(seen.map(|seen| seen.last_used_at));
        update.fetch_optional(c).await?
    });
    if let Some(user) = user {
        insert_revocation(connection, id, user, ending).await?;
    }
    Ok(user)
}

/// Ends what has begun since, and the session that did something then, but for one; answers those that this call ended.
pub(super) async fn end_since(
    connection: &mut Connection,
    user: Uuid,
    since: i64,
    session: Option<Uuid>,
    except: Option<Uuid>,
    ending: &Ending,
) -> Result<Vec<Uuid>, StoreError> {
    let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3, ended_by = $4
               WHERE user_id = $1 AND ended_at IS NULL AND (created_at >= $5 OR id = $6) AND ($7 IS NULL OR id <> $7)
               RETURNING id";
    let ended: Vec<Uuid> = on!(&mut *connection, c => {
        let update = sqlx::query_scalar(sql).bind(user).bind(ending.at).bind(ending.reason.as_str()).bind(&ending.by);
        update.bind(since).bind(session).bind(except).fetch_all(c).await?
    });
    for id in &ended {
        insert_revocation(connection, *id, user, ending).await?;
    }
    Ok(ended)
}

pub(super) async fn end_all_but(
    connection: &mut Connection,
    user: Uuid,
    except: Option<Uuid>,
    ending: &Ending,
) -> Result<Vec<Uuid>, StoreError> {
    // A session past a limit is over already; ending it again would count a device that nobody saw.
    let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3, ended_by = $4
               WHERE user_id = $1 AND ended_at IS NULL AND ($5 IS NULL OR id <> $5) AND expires_at > $2 AND last_used_at + idle_limit > $2
               RETURNING id";
    let ended: Vec<Uuid> = on!(&mut *connection, c => {
        let update = sqlx::query_scalar(sql).bind(user).bind(ending.at).bind(ending.reason.as_str());
        update.bind(&ending.by).bind(except).fetch_all(c).await?
    });
    for id in &ended {
        insert_revocation(connection, *id, user, ending).await?;
    }
    Ok(ended)
}
