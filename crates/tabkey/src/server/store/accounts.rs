//! What a person may ask of their account as a whole: its log, a copy of it, its end. Runs in: the server.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{
    AllEnded, Caller, Connection, Durability, Ended, Ending, LogRow, Readers, SecurityEvent, SecurityEventKind, Store,
    StoreError,
    attempts::forget_account,
    checks::{admit, lock_users},
    endings::{end_all_but, end_since},
    notices::{insert_notice, tell_operators},
    on, read,
    roles::{admit_beside_admins, leaves_an_admin},
    security_events::insert_event,
    sqlite,
    void_links::void_changes,
};
use crate::server::mail::Letter;

/// Of one deletion.
const LONG: Duration = Duration::from_secs(1);

impl Store {
    /// Ends what has begun since a line of the log, and the session that did something then, but for the caller's own, once
    /// for each line; the operators are told. Errors: [`StoreError::Over`].
    pub async fn disown(
        &self,
        line: &LogRow,
        by: Caller,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<Vec<Ended>, StoreError> {
        let (id, since, session) = (line.id, line.at, line.session_id);
        let sql = "UPDATE security_events SET disowned_at = $3 WHERE id = $1 AND user_id = $2 AND disowned_at IS NULL";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit(connection, &[], by, ending.at).await?;
                    let disowned = on!(&mut *connection, c => {
                        sqlx::query(sql).bind(id).bind(by.user_id).bind(ending.at).execute(c).await?.rows_affected()
                    });
                    if disowned == 0 {
                        return Ok(Vec::new());
                    }
                    insert_event(connection, &event).await?;
                    void_changes(connection, by.user_id, ending.at).await?;
                    tell_operators(connection, by.user_id, since, ending.at).await?;
                    end_since(connection, by.user_id, since, session, Some(by.session_id), &ending).await
                })
            })
            .await
    }

    /// Lets an account go at a later time, and ends its sessions now; `None` where the account would leave nobody who may
    /// look after the others. Errors: [`StoreError::Over`].
    pub async fn plan_deletion(
        &self,
        by: Caller,
        delete_at: i64,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<Option<AllEnded>, StoreError> {
        let sql = concat!("UPDATE users SET delete_at = $2 WHERE id = $1 AND ", leaves_an_admin!("$1"));
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    let user = by.user_id;
                    admit_beside_admins(connection, user, by, ending.at).await?;
                    let planned = on!(&mut *connection, c => {
                        sqlx::query(sql).bind(user).bind(delete_at).execute(c).await?.rows_affected()
                    });
                    if planned == 0 {
                        return Ok(None);
                    }
                    insert_event(connection, &event).await?;
                    let letter = Letter::Deletion { at: delete_at };
                    insert_notice(connection, user, "deletion", &letter, event.at).await?;
                    end_all_but(connection, user, None, &ending).await.map(Some)
                })
            })
            .await
    }

    /// Deletes the next accounts whose time has come, in the order of their ids and after this one, with everything that hangs on
    /// them; their log stays, and says no more whose it was. One that cannot go keeps no other. Answers the last of them.
    pub async fn delete_accounts(&self, after: Option<Uuid>, now: i64) -> Result<Option<Uuid>, StoreError> {
        let sql = "SELECT id FROM users WHERE delete_at <= $1 AND id > $2 ORDER BY id LIMIT 100";
        let after = after.unwrap_or_default();
        let due: Vec<Uuid> = read!(self, pool => sqlx::query_scalar(sql).bind(now).bind(after).fetch_all(pool).await)?;
        let (mut gone, mut last) = (0, None);
        for user in &due {
            let began = Instant::now();
            match self.delete_account(*user, now).await {
                Err(StoreError::Refused(_)) => tracing::warn!(%user, "the application let an account not be deleted"),
                Err(error) => return Err(error),
                Ok(()) => gone += 1,
            }
            last = Some(*user);
            // Whoever calls looks at the clock.
            if began.elapsed() > LONG {
                break;
            }
        }
        if gone > 0
            && let Readers::Sqlite(pool) = &self.readers
        {
            sqlite::fold_log(pool).await?;
        }
        Ok(last)
    }

    async fn delete_account(&self, user: Uuid, now: i64) -> Result<(), StoreError> {
        let hooks = self.hooks.clone();
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    // Before its sessions: whoever ends one of them waits here too.
                    lock_users(connection, &[user]).await?;
                    // Whoever signed in a moment ago keeps theirs.
                    let sql = "SELECT email FROM users WHERE id = $1 AND delete_at <= $2";
                    let due: Option<String> = on!(&mut *connection, c => {
                        sqlx::query_scalar(sql).bind(user).bind(now).fetch_optional(c).await?
                    });
                    if let Some(email) = due {
                        hooks.deleting(connection, user).await?;
                        let sql = "DELETE FROM users WHERE id = $1";
                        on!(&mut *connection, c => sqlx::query(sql).bind(user).execute(c).await.map(drop)?);
                        forget_account(connection, &email).await?;
                        let pseudonym = Uuid::now_v7();
                        let sql = "UPDATE security_events SET user_id = $2, session_id = NULL, device = NULL, address = NULL, detail = NULL
                                   WHERE user_id = $1";
                        on!(&mut *connection, c => sqlx::query(sql).bind(user).bind(pseudonym).execute(c).await.map(drop)?);
                        // What they did to others, as an admin.
                        let sql = "UPDATE security_events SET actor_id = $2, device = NULL, address = NULL WHERE actor_id = $1";
                        on!(connection, c => sqlx::query(sql).bind(user).bind(pseudonym).execute(c).await.map(drop)?);
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// A sign-in takes back the wish to go.
pub(super) async fn keep_account(connection: &mut Connection, event: &SecurityEvent) -> Result<(), StoreError> {
    let sql = "UPDATE users SET delete_at = NULL WHERE id = $1 AND delete_at IS NOT NULL";
    let kept = on!(&mut *connection, c => sqlx::query(sql).bind(event.user_id).execute(c).await?.rows_affected());
    if kept == 1 {
        let kind = SecurityEventKind::DeletionStopped;
        insert_event(connection, &SecurityEvent { kind, ..event.clone() }).await?;
    }
    Ok(())
}
