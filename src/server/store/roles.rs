//! What changes the claims of a person's tokens: roles, and being blocked. Runs in: the server.

use uuid::Uuid;

use super::{
    Connection, Durability, Ending, SecurityEvent, Store, StoreError, endings::end_all_but, on,
    revocations::insert_claims_change, security_events::insert_event,
};

/// When claims changed, and when the last token with the old ones is dead (unix milliseconds).
#[derive(Clone, Copy, Debug)]
pub struct Change {
    pub at: i64,
    pub until: i64,
}

impl Store {
    /// Gives a person a role, and makes their older tokens stale; false where they had it already.
    pub async fn create_role(
        &self,
        user: Uuid,
        role: String,
        change: Change,
        event: SecurityEvent,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO user_roles (user_id, role) VALUES ($1, $2) ON CONFLICT (user_id, role) DO NOTHING";
        self.change_role(sql, user, role, change, event).await
    }

    /// Takes a role from a person, and makes their older tokens stale; false where they did not have it.
    pub async fn delete_role(
        &self,
        user: Uuid,
        role: String,
        change: Change,
        event: SecurityEvent,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM user_roles WHERE user_id = $1 AND role = $2";
        self.change_role(sql, user, role, change, event).await
    }

    async fn change_role(
        &self,
        sql: &'static str,
        user: Uuid,
        role: String,
        change: Change,
        event: SecurityEvent,
    ) -> Result<bool, StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    let changed = on!(&mut *connection, c => {
                        sqlx::query(sql).bind(user).bind(&role).execute(c).await?.rows_affected()
                    });
                    if changed == 0 {
                        return Ok(false);
                    }
                    let minimum = raise_claims_version(connection, user).await?;
                    insert_claims_change(connection, user, minimum, change.at, change.until).await?;
                    insert_event(connection, &event).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Blocks a person and ends all their sessions, both or neither. Answers the ended sessions, or `None` where the
    /// person was blocked already.
    pub async fn block_user(
        &self,
        user: Uuid,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<Option<Vec<Uuid>>, StoreError> {
        let sql = "UPDATE users SET blocked_at = $2 WHERE id = $1 AND blocked_at IS NULL";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    let blocked = on!(&mut *connection, c => {
                        sqlx::query(sql).bind(user).bind(ending.at).execute(c).await?.rows_affected()
                    });
                    if blocked == 0 {
                        return Ok(None);
                    }
                    insert_event(connection, &event).await?;
                    end_all_but(connection, user, None, &ending).await.map(Some)
                })
            })
            .await
    }

    /// Lets a person in again; false where they were not blocked.
    pub async fn unblock_user(&self, user: Uuid, event: SecurityEvent) -> Result<bool, StoreError> {
        let sql = "UPDATE users SET blocked_at = NULL WHERE id = $1 AND blocked_at IS NOT NULL";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    let unblocked = on!(&mut *connection, c => {
                        sqlx::query(sql).bind(user).execute(c).await?.rows_affected()
                    });
                    if unblocked == 1 {
                        insert_event(connection, &event).await?;
                    }
                    Ok(unblocked == 1)
                })
            })
            .await
    }
}

/// Answers the version that tokens must have from now on.
async fn raise_claims_version(connection: &mut Connection, user: Uuid) -> Result<i64, StoreError> {
    let sql = "UPDATE users SET claims_version = claims_version + 1 WHERE id = $1 RETURNING claims_version";
    Ok(on!(connection, c => sqlx::query_scalar(sql).bind(user).fetch_one(c).await?))
}
