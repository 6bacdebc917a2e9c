//! How sessions end: once, with a row in the feed in the same transaction. Runs in: the server.

use uuid::Uuid;

use super::{
    Connection, Durability, SecurityEvent, SessionRow, Store, StoreError,
    checks::{Caller, Proof, admit, honour, lock_owner},
    on,
    revocations::{insert_all_ended, insert_revocation, insert_revocations_since, raise_claims_version},
    security_events::insert_event,
    users::update_password,
    void_links::void_asked,
};
use tabkey_core::EndReason;

/// How sessions end.
#[derive(Clone, Debug)]
pub struct Ending {
    pub reason: EndReason,
    pub at: i64,
    /// The device that did it.
    pub by: Option<String>,
}

/// A session that has just ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    pub session_id: Uuid,
    pub user_id: Uuid,
    /// When the last of its access tokens is dead.
    pub until: i64,
}

/// All sessions of a person have just ended, but for one.
#[derive(Clone, Copy, Debug)]
pub struct AllEnded {
    pub user_id: Uuid,
    /// Access tokens of sessions that begin from now on have this claims version, or a higher one.
    pub below: i64,
    pub kept: Option<Uuid>,
    /// When the last of their access tokens is dead.
    pub until: i64,
    /// How many were live until now.
    pub count: u64,
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
    /// Ends one session, at most once, and only while it is as it was `seen`; `None` where this call did not end it.
    pub async fn end_session(
        &self,
        id: Uuid,
        seen: Option<Seen>,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<Option<Ended>, StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    lock_owner(connection, id).await?;
                    let ended = end_one(connection, id, seen, &ending).await?;
                    if ended.is_some() {
                        insert_event(connection, &event).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }

    /// Ends another session of the caller, also past a limit, for its access token may be alive; `None` where there is none that
    /// has not ended. Errors: [`StoreError::Over`].
    pub async fn revoke_session(
        &self,
        id: Uuid,
        by: Caller,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<Option<Ended>, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE id = $1 AND user_id = $2)";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit(connection, &[], by, ending.at).await?;
                    let is_theirs: bool = on!(&mut *connection, c => {
                        sqlx::query_scalar(sql).bind(id).bind(by.user_id).fetch_one(c).await?
                    });
                    if !is_theirs {
                        return Ok(None);
                    }
                    let ended = end_one(connection, id, None, &ending).await?;
                    if ended.is_some() {
                        insert_event(connection, &event).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }

    /// Ends a person's sessions but one, for `by` where a call asks for it. Errors: [`StoreError::Over`],
    /// [`StoreError::Stale`].
    pub async fn end_sessions_of(
        &self,
        user: Uuid,
        except: Option<Uuid>,
        by: Option<Caller>,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<AllEnded, StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit(connection, &[user], by, ending.at).await?;
                    insert_event(connection, &event).await?;
                    end_all_but(connection, user, except, &ending).await
                })
            })
            .await
    }

    /// Sets a new password and ends the caller's other sessions, both or neither; `None` when the password that was right opens
    /// the account no more. Errors: [`StoreError::Over`].
    pub async fn save_password(
        &self,
        by: Caller,
        proof: Proof,
        new: String,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<Option<AllEnded>, StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit(connection, &[], by, ending.at).await?;
                    // The address may have changed hands between two looks at it.
                    if proof.user_id != by.user_id || !honour(connection, &proof, ending.at).await? {
                        return Ok(None);
                    }
                    update_password(connection, by.user_id, &new).await?;
                    void_asked(connection, by.user_id, ending.at).await?;
                    insert_event(connection, &event).await?;
                    end_all_but(connection, by.user_id, Some(by.session_id), &ending).await.map(Some)
                })
            })
            .await
    }
}

/// `None` where it was not live until now.
pub(super) async fn end_one(
    connection: &mut Connection,
    id: Uuid,
    seen: Option<Seen>,
    ending: &Ending,
) -> Result<Option<Ended>, StoreError> {
    let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3, ended_by = $4
               WHERE id = $1 AND ended_at IS NULL AND ($5 IS NULL OR generation = $5) AND ($6 IS NULL OR last_used_at = $6)
               RETURNING user_id";
    let user: Option<Uuid> = on!(&mut *connection, c => {
        let update = sqlx::query_scalar(sql).bind(id).bind(ending.at).bind(ending.reason.as_str()).bind(&ending.by);
        let update = update.bind(seen.map(|seen| seen.generation)).bind(seen.map(|seen| seen.last_used_at));
        update.fetch_optional(c).await?
    });
    let Some(user_id) = user else { return Ok(None) };
    let until = insert_revocation(connection, id, user_id, ending).await?;
    Ok(Some(Ended { session_id: id, user_id, until }))
}

/// Ends what has begun since, and the session that did something then, but for one. Nothing begins meanwhile: the caller holds
/// the user's row.
pub(super) async fn end_since(
    connection: &mut Connection,
    user: Uuid,
    since: i64,
    session: Option<Uuid>,
    except: Option<Uuid>,
    ending: &Ending,
) -> Result<Vec<Ended>, StoreError> {
    let until = insert_revocations_since(connection, user, since, session, except, ending).await?;
    let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3, ended_by = $4
               WHERE user_id = $1 AND ended_at IS NULL AND (created_at >= $5 OR id = $6) AND ($7 IS NULL OR id <> $7)
               RETURNING id";
    let ended: Vec<Uuid> = on!(&mut *connection, c => {
        let update = sqlx::query_scalar(sql).bind(user).bind(ending.at).bind(ending.reason.as_str()).bind(&ending.by);
        update.bind(since).bind(session).bind(except).fetch_all(c).await?
    });
    Ok(ended.into_iter().map(|session_id| Ended { session_id, user_id: user, until }).collect())
}

/// Ends the sessions that are least used of late, beyond the `most` that an account may have.
pub(super) async fn end_surplus(
    connection: &mut Connection,
    user: Uuid,
    new: Uuid,
    most: i64,
    at: i64,
) -> Result<Vec<Ended>, StoreError> {
    // The new one is the first of them. Who has far too many, of an earlier version, loses a hundred at each sign-in.
    let sql = "SELECT id FROM sessions
               WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL AND expires_at > $3 AND last_used_at + idle_limit > $3
               ORDER BY last_used_at DESC, id DESC LIMIT 100 OFFSET $4";
    let surplus: Vec<Uuid> = on!(&mut *connection, c => {
        sqlx::query_scalar(sql).bind(user).bind(new).bind(at).bind(most - 1).fetch_all(c).await?
    });
    let ending = Ending { reason: EndReason::TooMany, at, by: None };
    let mut ended = Vec::new();
    for id in surplus {
        ended.extend(end_one(connection, id, None, &ending).await?);
    }
    Ok(ended)
}

/// One statement and one row of the feed, however many there are. Sessions past a limit end too, for their access tokens may
/// be alive; they are not counted, for nobody saw them any more.
pub(super) async fn end_all_but(
    connection: &mut Connection,
    user: Uuid,
    except: Option<Uuid>,
    ending: &Ending,
) -> Result<AllEnded, StoreError> {
    let below = raise_claims_version(connection, user).await?;
    let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3, ended_by = $4
               WHERE user_id = $1 AND ended_at IS NULL AND ($5 IS NULL OR id <> $5)
               RETURNING expires_at > $2 AND last_used_at + idle_limit > $2";
    let ended: Vec<bool> = on!(&mut *connection, c => {
        let update = sqlx::query_scalar(sql).bind(user).bind(ending.at).bind(ending.reason.as_str());
        update.bind(&ending.by).bind(except).fetch_all(c).await?
    });
    let count = ended.into_iter().filter(|was_live| *was_live).count() as u64;
    let until = insert_all_ended(connection, user, below, except, ending).await?;
    Ok(AllEnded { user_id: user, below, kept: except, until, count })
}
