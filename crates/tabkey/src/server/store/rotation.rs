//! Refresh tokens move on: the write that every tab makes again and again. It is not worth an fsync, because a token that is
//! ahead of the database heals it. Runs in: the server.

use uuid::Uuid;

use super::{
    Durability, SecurityEvent, SessionRow, Store, StoreError, on, security_events::insert_event, session_columns,
};

impl Store {
    /// The common case of a refresh, whole: one statement that moves the session on if `presented` is its live
    /// generation and nothing has ended it, and it began after `too_old`, and answers it as it is then. So that of any number of racing calls, on any
    /// number of nodes, one moves it. `None`: nothing was changed, and `rotate` must look.
    pub async fn rotate_session(
        &self,
        id: Uuid,
        presented: u32,
        next: u32,
        too_old: i64,
        now: i64,
    ) -> Result<Option<SessionRow>, StoreError> {
        let sql = concat!(
            "UPDATE sessions SET generation = $3, confirmed = FALSE, rotated_at = $4
             WHERE id = $1 AND generation = $2 AND ended_at IS NULL AND expires_at > $4 AND last_used_at + idle_limit > $4
               AND created_at > $5
               AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = sessions.user_id
                               AND (u.blocked_at IS NOT NULL OR u.sign_in_after > sessions.proved_at))
             RETURNING ",
            session_columns!()
        );
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let (presented, next) = (i64::from(presented), i64::from(next));
                    Ok(on!(connection, c => {
                        sqlx::query_as(sql).bind(id).bind(presented).bind(next).bind(now).bind(too_old).fetch_optional(c).await?
                    }))
                })
            })
            .await
    }

    /// Moves the session on from the generation that a decision saw; false when another was first. An `event` is written
    /// where it did.
    pub async fn advance_session(
        &self,
        id: Uuid,
        from: i64,
        to: u32,
        now: i64,
        event: Option<SecurityEvent>,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE sessions SET generation = $3, confirmed = FALSE, rotated_at = $4 WHERE id = $1 AND generation = $2 AND ended_at IS NULL";
        self.writer
            .write(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let moved = on!(&mut *connection, c => {
                        sqlx::query(sql).bind(id).bind(from).bind(i64::from(to)).bind(now).execute(c).await?.rows_affected()
                    });
                    let advanced = moved == 1;
                    if let (true, Some(event)) = (advanced, &event) {
                        insert_event(connection, event).await?;
                    }
                    Ok(advanced)
                })
            })
            .await
    }

    /// Counts the leeway of a generation from `now`; false when it is no longer the live one.
    pub async fn restart_leeway(&self, id: Uuid, generation: i64, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE sessions SET rotated_at = $3 WHERE id = $1 AND generation = $2 AND ended_at IS NULL";
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let restarted = on!(connection, c => {
                        sqlx::query(sql).bind(id).bind(generation).bind(now).execute(c).await?.rows_affected()
                    });
                    Ok(restarted == 1)
                })
            })
            .await
    }
}
