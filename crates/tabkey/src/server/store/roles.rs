//! What changes the claims of a person's tokens: roles, and being blocked. Runs in: the server.

use uuid::Uuid;

use super::{
    AllEnded, Caller, Connection, Durability, Ending, SecurityEvent, Store, StoreError,
    checks::admit,
    endings::end_all_but,
    on,
    revocations::{insert_claims_change, raise_claims_version},
    security_events::insert_event,
};

/// What came of a change of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Done,
    /// It was so before.
    None,
    /// The account has as many roles as its tokens can carry.
    TooMany,
    /// Nobody who may come in would have the role.
    LastHolder,
}

/// What came of blocking somebody.
#[derive(Clone, Copy, Debug)]
pub enum Revoked {
    All(AllEnded),
    /// It was so before.
    Already,
    /// Nobody who may come in would be left to undo it.
    LastAdmin,
}

/// Whether somebody else who may come in is an admin, where `$user` is one.
macro_rules! leaves_an_admin {
    ($user:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM user_roles WHERE user_id = ",
            $user,
            " AND role = 'admin')
              OR EXISTS (SELECT 1 FROM user_roles r JOIN users u ON u.id = r.user_id
                         WHERE r.role = 'admin' AND r.user_id <> ",
            $user,
            " AND u.blocked_at IS NULL AND u.delete_at IS NULL))"
        )
    };
}
pub(super) use leaves_an_admin;

impl Store {
    /// Gives a person a role, `most` at most, and makes their older tokens stale. Errors: [`StoreError::Over`],
    /// [`StoreError::Stale`].
    pub async fn create_role(
        &self,
        user: Uuid,
        role: String,
        most: i64,
        by: Option<Caller>,
        event: SecurityEvent,
    ) -> Result<Change, StoreError> {
        let sql = "INSERT INTO user_roles (user_id, role)
                   SELECT $1, $2 WHERE (SELECT count(*) FROM user_roles WHERE user_id = $1) < $3
                   ON CONFLICT (user_id, role) DO NOTHING";
        let hooks = self.hooks.clone();
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit_beside_admins(connection, user, by, event.at).await?;
                    if has_role(connection, user, &role).await? {
                        return Ok(Change::None);
                    }
                    let given = on!(&mut *connection, c => {
                        sqlx::query(sql).bind(user).bind(&role).bind(most).execute(c).await?.rows_affected()
                    });
                    if given == 0 {
                        return Ok(Change::TooMany);
                    }
                    change_claims(connection, user, &event).await?;
                    hooks.roles_changed(connection, user).await?;
                    Ok(Change::Done)
                })
            })
            .await
    }

    /// Takes a role from a person, and makes their older tokens stale; not where `keep_one` and nobody else who may come in
    /// has it. Errors: as [`Store::create_role`].
    pub async fn delete_role(
        &self,
        user: Uuid,
        role: String,
        keep_one: bool,
        by: Option<Caller>,
        event: SecurityEvent,
    ) -> Result<Change, StoreError> {
        let sql = "DELETE FROM user_roles WHERE user_id = $1 AND role = $2
                   AND (NOT $3 OR EXISTS (SELECT 1 FROM user_roles r JOIN users u ON u.id = r.user_id
                                          WHERE r.role = $2 AND r.user_id <> $1 AND u.blocked_at IS NULL AND u.delete_at IS NULL))";
        let hooks = self.hooks.clone();
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit_beside_admins(connection, user, by, event.at).await?;
                    if !has_role(connection, user, &role).await? {
                        return Ok(Change::None);
                    }
                    let taken = on!(&mut *connection, c => {
                        sqlx::query(sql).bind(user).bind(&role).bind(keep_one).execute(c).await?.rows_affected()
                    });
                    if taken == 0 {
                        return Ok(Change::LastHolder);
                    }
                    change_claims(connection, user, &event).await?;
                    hooks.roles_changed(connection, user).await?;
                    Ok(Change::Done)
                })
            })
            .await
    }

    /// Blocks a person and ends all their sessions, both or neither; by a call, only where somebody is left who can undo it.
    /// Errors: as [`Store::create_role`].
    pub async fn block_user(
        &self,
        user: Uuid,
        by: Option<Caller>,
        ending: Ending,
        event: SecurityEvent,
    ) -> Result<Revoked, StoreError> {
        let sql = concat!(
            "UPDATE users SET blocked_at = $2 WHERE id = $1 AND blocked_at IS NULL AND (NOT $3 OR ",
            leaves_an_admin!("$1"),
            ") RETURNING id"
        );
        let was_blocked = "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND blocked_at IS NOT NULL)";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit_beside_admins(connection, user, by, ending.at).await?;
                    let blocked: Option<Uuid> = on!(&mut *connection, c => {
                        sqlx::query_scalar(sql).bind(user).bind(ending.at).bind(by.is_some()).fetch_optional(c).await?
                    });
                    if blocked.is_none() {
                        let before: bool =
                            on!(connection, c => sqlx::query_scalar(was_blocked).bind(user).fetch_one(c).await?);
                        return Ok(if before { Revoked::Already } else { Revoked::LastAdmin });
                    }
                    insert_event(connection, &event).await?;
                    end_all_but(connection, user, None, &ending).await.map(Revoked::All)
                })
            })
            .await
    }

    /// Lets a person in again; false where they were not blocked.
    pub async fn unblock_user(&self, user: Uuid, by: Option<Caller>, event: SecurityEvent) -> Result<bool, StoreError> {
        let sql = "UPDATE users SET blocked_at = NULL WHERE id = $1 AND blocked_at IS NOT NULL";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit_beside_admins(connection, user, by, event.at).await?;
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
    pub async fn save_sign_in_after(
        &self,
        user: Uuid,
        at: i64,
        by: Option<Caller>,
        event: SecurityEvent,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE users SET sign_in_after = $2 WHERE id = $1";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit_beside_admins(connection, user, by, event.at).await?;
                    on!(&mut *connection, c => sqlx::query(sql).bind(user).bind(at).execute(c).await.map(drop)?);
                    insert_event(connection, &event).await
                })
            })
            .await
    }
}

/// As [`admit`]: what an admin does to an account waits for what other admins do, so that two who take each other's role, or
/// block each other, do not leave nobody.
pub(super) async fn admit_beside_admins(
    connection: &mut Connection,
    user: Uuid,
    by: impl Into<Option<Caller>>,
    at: i64,
) -> Result<(), StoreError> {
    let sql = "SELECT user_id FROM user_roles WHERE role = 'admin'";
    let mut all: Vec<Uuid> = on!(&mut *connection, c => sqlx::query_scalar(sql).fetch_all(c).await?);
    all.push(user);
    // All at once, in one order.
    admit(connection, &all, by, at).await
}

async fn has_role(connection: &mut Connection, user: Uuid, role: &str) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM user_roles WHERE user_id = $1 AND role = $2)";
    Ok(on!(connection, c => sqlx::query_scalar(sql).bind(user).bind(role).fetch_one(c).await?))
}

async fn change_claims(connection: &mut Connection, user: Uuid, event: &SecurityEvent) -> Result<(), StoreError> {
    let minimum = raise_claims_version(connection, user).await?;
    insert_claims_change(connection, user, minimum, event.at).await?;
    insert_event(connection, event).await
}
