//! Accounts. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Connection, Store, StoreError, attempts::forget_account, on, read};
use tabkey_core::User;

pub struct NewUser {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    pub password_hash: String,
    pub created_at: i64,
}

impl NewUser {
    pub fn person(&self) -> User {
        let (email, display_name) = (self.email.clone(), self.display_name.clone());
        User { id: self.id, email, display_name, roles: Vec::new() }
    }
}

#[derive(Clone, FromRow)]
pub struct UserRow {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    pub password_hash: String,
    pub claims_version: i64,
    pub blocked_at: Option<i64>,
    pub created_at: i64,
    pub email_verified_at: Option<i64>,
    /// When the account goes, while its owner may still change their mind.
    pub delete_at: Option<i64>,
    /// Since a hundred wrong passwords in a row: it opens the account on signed-in devices alone.
    pub password_disabled_at: Option<i64>,
}

/// The columns of [`UserRow`] for a statement on `users`.
macro_rules! user_columns {
    () => {
        "id, email, display_name, password_hash, claims_version, blocked_at, created_at, email_verified_at, delete_at, password_disabled_at"
    };
}

/// A line of `tabkey user list`.
#[derive(Clone, Debug, FromRow)]
pub struct UserSummary {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    pub created_at: i64,
    pub blocked_at: Option<i64>,
    /// Sessions that have not ended.
    pub sessions: i64,
}

/// A person's roles, in the order of their names.
pub(super) const ROLES: &str = "SELECT role FROM user_roles WHERE user_id = $1 ORDER BY role";

impl Store {
    pub async fn find_user_by_email(&self, email: &str) -> Result<Option<UserRow>, StoreError> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users WHERE email = $1");
        Ok(read!(self, pool => sqlx::query_as(sql).bind(email).fetch_optional(pool).await)?)
    }

    pub async fn find_user(&self, id: Uuid) -> Result<Option<UserRow>, StoreError> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1");
        Ok(read!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// In the order of their names.
    pub async fn find_roles(&self, user: Uuid) -> Result<Vec<String>, StoreError> {
        Ok(read!(self, pool => sqlx::query_scalar(ROLES).bind(user).fetch_all(pool).await)?)
    }

    /// The newest first.
    pub async fn list_users(&self, limit: u32) -> Result<Vec<UserSummary>, StoreError> {
        let sql = "SELECT id, email, display_name, created_at, blocked_at,
                          (SELECT count(*) FROM sessions WHERE user_id = users.id AND ended_at IS NULL) AS sessions
                   FROM users ORDER BY id DESC LIMIT $1";
        Ok(read!(self, pool => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(pool).await)?)
    }
}

/// Notes that a person used one of their sessions.
pub(super) async fn note_use(connection: &mut Connection, user: Uuid, at: i64) -> Result<(), StoreError> {
    let sql = "UPDATE users SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";
    on!(connection, c => sqlx::query(sql).bind(user).bind(at).execute(c).await.map(drop)?);
    Ok(())
}

/// Errors: [`StoreError::EmailTaken`].
pub(super) async fn insert_user(connection: &mut Connection, user: &NewUser) -> Result<(), StoreError> {
    let sql = "INSERT INTO users (id, email, display_name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)";
    on!(connection, c => {
        let insert = sqlx::query(sql).bind(user.id).bind(&user.email).bind(&user.display_name);
        insert.bind(&user.password_hash).bind(user.created_at).execute(c).await?;
    });
    Ok(())
}

/// Nothing that was guessed about the former password counts against this one.
pub(super) async fn update_password(connection: &mut Connection, user: Uuid, hash: &str) -> Result<(), StoreError> {
    let sql = "UPDATE users SET password_hash = $2, password_disabled_at = NULL WHERE id = $1 RETURNING email";
    let email: Option<String> = on!(&mut *connection, c => {
        sqlx::query_scalar(sql).bind(user).bind(hash).fetch_optional(c).await?
    });
    match email {
        Some(email) => forget_account(connection, &email).await,
        None => Ok(()),
    }
}
