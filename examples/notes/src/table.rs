//! The table, and what keeps it right when something happens to an account. Runs in: the server.

use std::{future::ready, sync::LazyLock};

use futures::{Stream, StreamExt, stream};
use tabkey::{
    Error, FieldError, User, on,
    server::{BoxFuture, Database, Db, Hooks},
};
use tokio::sync::broadcast;
use uuid::Uuid;

/// On this node; with several, each would listen to the database.
static CHANGED: LazyLock<broadcast::Sender<Uuid>> = LazyLock::new(|| broadcast::channel(64).0);

pub struct Keeper;

impl Hooks for Keeper {
    fn signed_up<'a>(&'a self, db: &'a mut Db<'_>, user: &'a User) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move { insert(db, user.id, &format!("Welcome, {}.", user.display_name)).await })
    }

    fn export<'a>(&'a self, db: &'a mut Db<'_>, user: Uuid) -> BoxFuture<'a, Result<tabkey::server::Value, Error>> {
        Box::pin(async move { Ok(select(db, user).await?.into()) })
    }
}

pub async fn all(database: &Database, user: Uuid) -> Result<Vec<String>, Error> {
    database.read(move |db| Box::pin(async move { select(db, user).await })).await
}

/// Errors: 422 where the person has `most` already.
pub async fn add(database: &Database, user: Uuid, text: String, most: i64) -> Result<(), Error> {
    let adding = database.write(move |db| {
        Box::pin(async move {
            let sql = "SELECT count(*) FROM notes WHERE user_id = $1";
            let count: i64 = on!(db, c => sqlx::query_scalar(sql).bind(user).fetch_one(c).await?);
            if count >= most {
                return Err(Error::field("text", FieldError::TooMany));
            }
            insert(db, user, &text).await
        })
    });
    adding.await?;
    let _ = CHANGED.send(user);
    Ok(())
}

pub async fn totals(database: &Database) -> Result<Vec<(String, i64)>, Error> {
    let sql = "SELECT email, count(notes.id) FROM users LEFT JOIN notes ON user_id = users.id
               GROUP BY email ORDER BY email LIMIT 100";
    database.read(move |db| Box::pin(async move { Ok(on!(db, c => sqlx::query_as(sql).fetch_all(c).await?)) })).await
}

/// A line for each change; one that was missed is told by the next.
pub fn changes(user: Uuid) -> impl Stream<Item = Result<String, Error>> + Send + 'static {
    let changes = stream::unfold(CHANGED.subscribe(), async |mut changed| match changed.recv().await {
        Err(broadcast::error::RecvError::Closed) => None,
        Err(broadcast::error::RecvError::Lagged(_)) => Some((None, changed)),
        Ok(whose) => Some((Some(whose), changed)),
    });
    let is_theirs = move |whose: &Option<Uuid>| ready(whose.is_none_or(|whose| whose == user));
    changes.filter(is_theirs).map(|_| Ok("changed\n".to_owned()))
}

async fn select(db: &mut Db<'_>, user: Uuid) -> Result<Vec<String>, Error> {
    let sql = "SELECT text FROM notes WHERE user_id = $1 ORDER BY id DESC LIMIT 1000";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(user).fetch_all(c).await?))
}

async fn insert(db: &mut Db<'_>, user: Uuid, text: &str) -> Result<(), Error> {
    let sql = "INSERT INTO notes (id, user_id, text) VALUES ($1, $2, $3)";
    on!(db, c => sqlx::query(sql).bind(Uuid::now_v7()).bind(user).bind(text).execute(c).await.map(drop)?);
    Ok(())
}
