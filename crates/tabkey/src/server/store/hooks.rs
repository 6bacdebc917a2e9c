//! What an application does in the transactions of sign-in: hooks, within bounds. Runs in: the server.

use std::{future::ready, sync::Arc};

use futures::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Connection, Db, Store, StoreError,
    bounds::{Bounds, bounded},
    on,
};
use tabkey_core::{Error, User};

/// What an application does when something happens to an account. Each hook runs in the transaction of what it is about: an
/// error undoes both. The caller is told `forbidden`, `invalid_input`, `too_many_attempts` and `busy` as they are; any other
/// error, a panic, five seconds without an end, and on PostgreSQL a statement that failed and was passed over, as 503 `busy`.
/// What reaches beyond the database, a mail or a request, belongs elsewhere: it could not be undone, and everybody who writes
/// waits for it.
///
/// ```
/// # use tabkey::{Error, User, on, server::{BoxFuture, Db, Hooks}};
/// struct Welcome;
///
/// impl Hooks for Welcome {
///     fn signed_up<'a>(&'a self, db: &'a mut Db<'_>, user: &'a User) -> BoxFuture<'a, Result<(), Error>> {
///         Box::pin(async move {
///             let sql = "INSERT INTO notes (user_id, text) VALUES ($1, 'Welcome')";
///             on!(db, c => sqlx::query(sql).bind(user.id).execute(c).await.map(drop)?);
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait Hooks: Send + Sync + 'static {
    /// Before anything of the account is there. To refuse it, [`Error::Forbidden`], or [`Error::field`] with what is wrong.
    fn before_sign_up<'a>(&'a self, db: &'a mut Db<'_>, user: &'a User) -> BoxFuture<'a, Result<(), Error>> {
        let _ = (db, user);
        Box::pin(ready(Ok(())))
    }

    /// The account is there, and its first session.
    fn signed_up<'a>(&'a self, db: &'a mut Db<'_>, user: &'a User) -> BoxFuture<'a, Result<(), Error>> {
        let _ = (db, user);
        Box::pin(ready(Ok(())))
    }

    /// A session of an account that was there has begun. A sign-up is none, nor is a renewal.
    fn signed_in<'a>(&'a self, db: &'a mut Db<'_>, user: Uuid, session: Uuid) -> BoxFuture<'a, Result<(), Error>> {
        let _ = (db, user, session);
        Box::pin(ready(Ok(())))
    }

    /// A link in a mail has given the account this address, or the one before back: it is proven. An error keeps it as it was.
    fn email_changed<'a>(&'a self, db: &'a mut Db<'_>, user: Uuid, email: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        let _ = (db, user, email);
        Box::pin(ready(Ok(())))
    }

    /// A role was given or taken; `roles` are what the person has now, in the order of their names.
    fn roles_changed<'a>(
        &'a self,
        db: &'a mut Db<'_>,
        user: Uuid,
        roles: &'a [String],
    ) -> BoxFuture<'a, Result<(), Error>> {
        let _ = (db, user, roles);
        Box::pin(ready(Ok(())))
    }

    /// What a person's copy of their data holds beside the account, as `app` in it; `null` leaves it out. It only reads.
    fn export<'a>(&'a self, db: &'a mut Db<'_>, user: Uuid) -> BoxFuture<'a, Result<Value, Error>> {
        let _ = (db, user);
        Box::pin(ready(Ok(Value::Null)))
    }

    /// The account goes for good, its grace being over. Rows that refer to `users` with `ON DELETE CASCADE` go by
    /// themselves. After an error the account stays, and it is tried again in a minute.
    fn deleting<'a>(&'a self, db: &'a mut Db<'_>, user: Uuid) -> BoxFuture<'a, Result<(), Error>> {
        let _ = (db, user);
        Box::pin(ready(Ok(())))
    }
}

/// An application's hooks.
#[derive(Clone, Default)]
pub struct Hooked(Arc<[Arc<dyn Hooks>]>);

/// One hook of each, within bounds.
macro_rules! run {
    ($hooked:ident, $connection:ident, $hook:ident($($given:expr),*)) => {{
        for hooks in &*$hooked.0 {
            let bounds = Bounds::begin($connection).await?;
            let mut db = $connection.db();
            let done = bounded(async { hooks.$hook(&mut db, $($given),*).await }).await;
            let done = done.map(|said| said.map_err(|error| refusal(stringify!($hook), error)));
            bounds.end($connection, stringify!($hook), done).await?;
        }
        Ok(())
    }};
}

impl Hooked {
    pub fn add(&mut self, hooks: impl Hooks) {
        self.0 = self.0.iter().cloned().chain([Arc::new(hooks) as Arc<dyn Hooks>]).collect();
    }

    pub(super) async fn before_sign_up(&self, connection: &mut Connection, user: &User) -> Result<(), StoreError> {
        run!(self, connection, before_sign_up(user))
    }

    pub(super) async fn signed_up(&self, connection: &mut Connection, user: &User) -> Result<(), StoreError> {
        run!(self, connection, signed_up(user))
    }

    pub(super) async fn signed_in(
        &self,
        connection: &mut Connection,
        user: Uuid,
        session: Uuid,
    ) -> Result<(), StoreError> {
        run!(self, connection, signed_in(user, session))
    }

    pub(super) async fn email_changed(
        &self,
        connection: &mut Connection,
        user: Uuid,
        email: &str,
    ) -> Result<(), StoreError> {
        run!(self, connection, email_changed(user, email))
    }

    pub(super) async fn roles_changed(&self, connection: &mut Connection, user: Uuid) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let roles: Vec<String> =
            on!(connection, c => sqlx::query_scalar(super::users::ROLES).bind(user).fetch_all(c).await?);
        run!(self, connection, roles_changed(user, &roles))
    }

    pub(super) async fn deleting(&self, connection: &mut Connection, user: Uuid) -> Result<(), StoreError> {
        run!(self, connection, deleting(user))
    }
}

impl std::fmt::Debug for Hooked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hooked({})", self.0.len())
    }
}

impl Store {
    /// What the application adds to a person's copy of their data: `null` for nothing, a list of several.
    pub async fn export_own(&self, user: Uuid) -> Result<Value, Error> {
        let mut parts = Vec::new();
        for hooks in &*self.hooks.0 {
            let hooks = Arc::clone(hooks);
            let reading = self.look_up("export", |db| Box::pin(async move { hooks.export(db, user).await }));
            parts.extend(Some(reading.await?).filter(|part| !part.is_null()));
        }
        Ok(if parts.len() > 1 { Value::Array(parts) } else { parts.pop().unwrap_or_default() })
    }
}

/// A hook says no, or wait. Whatever else it says would be taken for ours: that the session is over, or that nothing is there.
fn refusal(hook: &'static str, error: Error) -> Error {
    match error {
        Error::Forbidden | Error::InvalidInput { .. } | Error::TooManyAttempts { .. } | Error::Busy { .. } => {
            tracing::info!(hook, code = error.code(), "the application said no: nothing was done");
            error
        }
        error => {
            tracing::error!(hook, code = error.code(), "the application's hook failed: nothing was done");
            Error::busy()
        }
    }
}
