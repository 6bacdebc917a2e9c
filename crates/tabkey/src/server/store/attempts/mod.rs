//! Counts of tries, checked and counted in one statement: nodes and restarts agree. Runs in: the server.

mod sql;

use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Connection, Durability, Readers, SecurityEvent, SecurityEventKind, Store, StoreError, connection::Text, on, read,
    security_events::insert_event,
};
pub use sql::{DAY, FIRST_DELAY, LONGEST_DELAY, SKEW, WINDOW};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// `kind` keeps apart what is named alike.
    pub fn new(kind: &str, value: &[u8]) -> Self {
        Self(Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize().into())
    }

    /// Whoever is at this place, for this account.
    pub fn of_place(place: Key, email: &str) -> Self {
        Self(Sha256::new().chain_update("mail").chain_update(place.0).chain_update(email).finalize().into())
    }

    /// Strangers who try to enter an account, there or not.
    pub fn account(email: &str) -> Self {
        Self::new("account", email.as_bytes())
    }
}

#[derive(Clone, Debug, FromRow)]
pub struct AttemptRow {
    pub key: Vec<u8>,
    pub tries: i64,
    pub in_a_row: i64,
    pub began_at: i64,
    pub last_at: i64,
    pub next_at: i64,
    pub told_at: Option<i64>,
    /// Of a count for a place: until when whoever is there is known.
    pub known_until: Option<i64>,
    /// By the clock of the database: one for all nodes.
    pub now: i64,
}

impl AttemptRow {
    pub fn is(&self, key: Key) -> bool {
        self.key == key.0
    }
}

/// A count that leads to delays.
#[derive(Clone, Copy, Debug)]
pub struct Delayed {
    pub key: Key,
    /// Tries without delay within [`WINDOW`].
    pub free: i64,
}

/// A count within [`WINDOW`].
#[derive(Clone, Copy, Debug)]
pub struct Windowed {
    pub key: Key,
    pub limit: i64,
}

/// Counts that one try may be about.
pub type Keys = [Option<Key>; 5];

/// A password that was wrong.
#[derive(Clone, Debug)]
pub struct WrongPassword {
    /// Where it was counted; `None` where nothing is counted.
    pub key: Option<Key>,
    pub event: SecurityEvent,
    /// Milliseconds that the count stays on record.
    pub keep: i64,
    /// The account and its hash, where this was once too often.
    pub disable: Option<(Uuid, String)>,
}

impl Store {
    pub async fn find_attempts(&self, keys: Keys) -> Result<Vec<AttemptRow>, StoreError> {
        let sql = match &self.readers {
            Readers::Sqlite(_) => sql::FIND.sqlite,
            Readers::Postgres(_) => sql::FIND.postgres,
        };
        let [a, b, c, d, e] = keys.map(|key| key.map(|key| key.0.to_vec()));
        Ok(read!(self, pool => sqlx::query_as(sql).bind(a).bind(b).bind(c).bind(d).bind(e).fetch_all(pool).await)?)
    }

    /// Counts one try everywhere, or, where one count says no, nowhere. Answers how many there were in a row.
    pub async fn take_attempt(
        &self,
        windows: Vec<Windowed>,
        delayed: Option<Delayed>,
    ) -> Result<Option<i64>, StoreError> {
        self.writer
            .write_each(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    for (counted, window) in windows.iter().enumerate() {
                        if !take_windowed(connection, window).await? {
                            give_back(connection, &windows[..counted]).await?;
                            return Ok(None);
                        }
                    }
                    let Some(delayed) = delayed else { return Ok(Some(0)) };
                    let in_a_row = take_delayed(connection, delayed).await?;
                    if in_a_row.is_none() {
                        give_back(connection, &windows).await?;
                    }
                    Ok(in_a_row)
                })
            })
            .await
    }

    /// The password was right: what was counted was no guess. `keeps_row` where who knows the password is not the only one
    /// who tries: how many were wrong in a row stays.
    pub async fn clear_attempts(
        &self,
        windows: Vec<Windowed>,
        delayed: Key,
        keeps_row: bool,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE attempts SET tries = 0, next_at = 0,
                                       in_a_row = CASE WHEN NOT $2 THEN 0 WHEN in_a_row > 0 THEN in_a_row - 1 ELSE 0 END
                   WHERE key = $1";
        self.writer
            .write_each(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    give_back(connection, &windows).await?;
                    on!(connection, c => {
                        sqlx::query(sql).bind(&delayed.0[..]).bind(keeps_row).execute(c).await.map(drop)?
                    });
                    Ok(())
                })
            })
            .await
    }

    /// Nobody looked at the password.
    pub async fn undo_attempt(&self, windows: Vec<Windowed>, delayed: Key) -> Result<(), StoreError> {
        let sql = "UPDATE attempts SET tries = tries - 1, in_a_row = in_a_row - 1, next_at = 0
                   WHERE key = $1 AND tries > 0 AND in_a_row > 0";
        self.writer
            .write_each(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    give_back(connection, &windows).await?;
                    on!(connection, c => sqlx::query(sql).bind(&delayed.0[..]).execute(c).await.map(drop)?);
                    Ok(())
                })
            })
            .await
    }

    /// Puts a wrong password on record; disables it where that is due. The same statements whether or not there is an
    /// account.
    pub async fn save_wrong_password(&self, wrong: WrongPassword) -> Result<(), StoreError> {
        let disable = "UPDATE users SET password_disabled_at = $3
                       WHERE id = $1 AND password_hash = $2 AND password_disabled_at IS NULL";
        self.writer
            .write(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let WrongPassword { key, event, keep, disable: account } = wrong;
                    let (id, hash) = account.unzip();
                    let disabled = on!(&mut *connection, c => {
                        let update = sqlx::query(disable).bind(id).bind(hash).bind(event.at);
                        update.execute(c).await?.rows_affected()
                    });
                    insert_event(connection, &event).await?;
                    if disabled == 1 {
                        let event = SecurityEvent { kind: SecurityEventKind::PasswordDisabled, detail: None, ..event };
                        insert_event(connection, &event).await?;
                    }
                    let sql = sql::KEEP.of(connection);
                    let key = key.map(|key| key.0.to_vec());
                    on!(connection, c => sqlx::query(sql).bind(key).bind(keep).execute(c).await.map(drop)?);
                    Ok(())
                })
            })
            .await
    }

    /// Tells the log that tries are refused, once within [`WINDOW`].
    pub async fn note_refusal(&self, key: Key, event: SecurityEvent) -> Result<(), StoreError> {
        self.writer
            .write(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = sql::TELL.of(connection);
                    let told = on!(&mut *connection, c => {
                        sqlx::query(sql).bind(&key.0[..]).execute(c).await?.rows_affected()
                    });
                    if told == 1 {
                        insert_event(connection, &event).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Begins a count of its own for whoever showed that the mailbox is theirs, for so many milliseconds.
    pub async fn create_attempts(&self, key: Key, keep: i64) -> Result<(), StoreError> {
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = sql::CREATE.of(connection);
                    on!(connection, c => sqlx::query(sql).bind(&key.0[..]).bind(keep).execute(c).await.map(drop)?);
                    Ok(())
                })
            })
            .await
    }

    /// The clock was put back since these were counted: what they wait for begins now.
    pub async fn anchor_attempts(&self, keys: Keys, free: i64) -> Result<(), StoreError> {
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = sql::ANCHOR.of(connection);
                    let [a, b, c, d, e] = keys.map(|key| key.map(|key| key.0.to_vec()));
                    on!(connection, connection => {
                        let update = sqlx::query(sql).bind(a).bind(free).bind(b).bind(c).bind(d).bind(e);
                        update.execute(connection).await.map(drop)?
                    });
                    Ok(())
                })
            })
            .await
    }

    /// Forgets at most `most` counts that can matter to nobody; answers how many.
    pub async fn delete_dead_attempts(&self, most: i64) -> Result<u64, StoreError> {
        self.delete_attempts(sql::DELETE_DEAD, most).await
    }

    /// Forgets at most `most` counts that would be forgotten within a day, the next ones first; answers how many.
    pub async fn delete_short_attempts(&self, most: i64) -> Result<u64, StoreError> {
        self.delete_attempts(sql::DELETE_SHORT, most).await
    }

    /// How many counts would be forgotten within a day.
    pub async fn count_short_attempts(&self) -> Result<i64, StoreError> {
        let sql = match &self.readers {
            Readers::Sqlite(_) => sql::COUNT_SHORT.sqlite,
            Readers::Postgres(_) => sql::COUNT_SHORT.postgres,
        };
        Ok(read!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    async fn delete_attempts(&self, sql: Text, most: i64) -> Result<u64, StoreError> {
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = sql.of(connection);
                    Ok(on!(connection, c => sqlx::query(sql).bind(most).execute(c).await?.rows_affected()))
                })
            })
            .await
    }
}

/// With a new password, and where an address changes hands, strangers begin anew.
pub(super) async fn forget_account(connection: &mut Connection, email: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM attempts WHERE key = $1";
    let Key(key) = Key::account(email);
    on!(connection, c => sqlx::query(sql).bind(&key[..]).execute(c).await.map(drop)?);
    Ok(())
}

async fn take_delayed(connection: &mut Connection, delayed: Delayed) -> Result<Option<i64>, StoreError> {
    let sql = sql::TAKE_DELAYED.of(connection);
    Ok(on!(connection, c => {
        sqlx::query_scalar(sql).bind(&delayed.key.0[..]).bind(delayed.free).fetch_optional(c).await?
    }))
}

async fn take_windowed(connection: &mut Connection, window: &Windowed) -> Result<bool, StoreError> {
    let sql = sql::TAKE_WINDOWED.of(connection);
    Ok(on!(connection, c => {
        sqlx::query(sql).bind(&window.key.0[..]).bind(window.limit).execute(c).await?.rows_affected()
    }) == 1)
}

async fn give_back(connection: &mut Connection, windows: &[Windowed]) -> Result<(), StoreError> {
    let sql = "UPDATE attempts SET tries = tries - 1 WHERE key = $1 AND tries > 0";
    for window in windows {
        on!(&mut *connection, c => sqlx::query(sql).bind(&window.key.0[..]).execute(c).await.map(drop)?);
    }
    Ok(())
}
