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
        self.change_role(sql, user, role, false, change, event).await
    }

    /// Takes a role from a person, and makes their older tokens stale; false where they did not have it, or where `keep_one`
    /// and nobody else who may come in has it.
    pub async fn delete_role(
        &self,
        user: Uuid,
        role: String,
        keep_one: bool,
        change: Change,
        event: SecurityEvent,
    ) -> Result<bool, StoreError> {
        let sql = if keep_one {
            "DELETE FROM user_roles WHERE user_id = $1 AND role = $2
                AND EXISTS (SELECT 1 FROM user_roles r JOIN users u ON u.id = r.user_id
                            WHERE r.role = $2 AND r.user_id <> $1 AND u.blocked_at IS NULL)"
        } else {
            "DELETE FROM user_roles WHERE user_id = $1 AND role = $2"
        };
        self.change_role(sql, user, role, keep_one, change, event).await
    }

    async fn change_role(
        &self,
        sql: &'static str,
        user: Uuid,
        role: String,
        keep_one: bool,
        change: Change,
        event: SecurityEvent,
    ) -> Result<bool, StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    // Two admins who take the role from each other at one time wait here, one for the other.
                    if keep_one {
                        lock_holders(connection, &role).await?;
                    }
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

    /// Lets every session of a person that was proved before `at` be over at its next refresh.
    pub async fn save_sign_in_after(&self, user: Uuid, at: i64, event: SecurityEvent) -> Result<(), StoreError> {
        let sql = "UPDATE users SET sign_in_after = $2 WHERE id = $1";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    on!(&mut *connection, c => sqlx::query(sql).bind(user).bind(at).execute(c).await.map(drop)?);
                    insert_event(connection, &event).await
                })
            })
            .await
    }
}

async fn lock_holders(connection: &mut Connection, role: &str) -> Result<(), StoreError> {
    let sql =
        "UPDATE users SET claims_version = claims_version WHERE id IN (SELECT user_id FROM user_roles WHERE role = $1)";
    on!(connection, c => sqlx::query(sql).bind(role).execute(c).await.map(drop)?);
    Ok(())
}

/// Answers the version that tokens must have from now on.
async fn raise_claims_version(connection: &mut Connection, user: Uuid) -> Result<i64, StoreError> {
    let sql = "UPDATE users SET claims_version = claims_version + 1 WHERE id = $1 RETURNING claims_version";
    Ok(on!(connection, c => sqlx::query_scalar(sql).bind(user).fetch_one(c).await?))
}
