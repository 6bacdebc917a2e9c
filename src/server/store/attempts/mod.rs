//! Counts of tries, checked and counted in one statement: nodes and restarts agree. Runs in: the server.

mod sql;

use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Connection, Durability, Readers, SecurityEvent, SecurityEventKind, Store, StoreError, on, read,
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
    pub rights: i64,
    pub began_at: i64,
    pub last_at: i64,
    pub next_at: i64,
    pub told_at: Option<i64>,
    pub forget_at: i64,
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
pub struct Account {
    pub key: Key,
    /// Tries without delay within [`WINDOW`].
    pub free: i64,
    /// Right passwords within [`WINDOW`].
    pub rights: i64,
}

/// A count within [`WINDOW`].
#[derive(Clone, Copy, Debug)]
pub struct Network {
    pub key: Key,
    pub limit: i64,
}

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
    pub async fn find_attempts(&self, keys: [Option<Key>; 4]) -> Result<Vec<AttemptRow>, StoreError> {
        let sql = match &self.readers {
            Readers::Sqlite(_) => sql::FIND.sqlite,
            Readers::Postgres(_) => sql::FIND.postgres,
        };
        let [a, b, c, d] = keys.map(|key| key.map(|key| key.0.to_vec()));
        Ok(read!(self, pool => sqlx::query_as(sql).bind(a).bind(b).bind(c).bind(d).fetch_all(pool).await)?)
    }

    /// Counts one try everywhere, or, where one count says no, nowhere. Answers how many there were in a row.
    pub async fn take_attempt(
        &self,
        networks: Vec<Network>,
        account: Option<Account>,
    ) -> Result<Option<i64>, StoreError> {
        self.writer
            .write_each(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    for (counted, network) in networks.iter().enumerate() {
                        if !take_network(connection, network).await? {
                            give_back(connection, &networks[..counted]).await?;
                            return Ok(None);
                        }
                    }
                    let Some(account) = account else { return Ok(Some(0)) };
                    let in_a_row = take_account(connection, account).await?;
                    if in_a_row.is_none() {
                        give_back(connection, &networks).await?;
                    }
                    Ok(in_a_row)
                })
            })
            .await
    }

    /// The password was right: what was counted was no guess. `counts` is false where it is not even to be counted as a
    /// right one.
    pub async fn clear_attempts(
        &self,
        networks: Vec<Network>,
        account: Option<Key>,
        counts: bool,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE attempts SET tries = 0, in_a_row = 0, next_at = 0, rights = rights + $2 WHERE key = $1";
        self.writer
            .write_each(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    give_back(connection, &networks).await?;
                    let Some(Key(key)) = account else { return Ok(()) };
                    let update = i64::from(counts);
                    on!(connection, c => {
                        sqlx::query(sql).bind(&key[..]).bind(update).execute(c).await.map(drop)?
                    });
                    Ok(())
                })
            })
            .await
    }

    /// Nobody looked at the password.
    pub async fn undo_attempt(&self, networks: Vec<Network>, account: Option<Key>) -> Result<(), StoreError> {
        let sql = "UPDATE attempts SET tries = tries - 1, in_a_row = in_a_row - 1, next_at = 0
                   WHERE key = $1 AND tries > 0 AND in_a_row > 0";
        self.writer
            .write_each(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    give_back(connection, &networks).await?;
                    let Some(Key(key)) = account else { return Ok(()) };
                    on!(connection, c => sqlx::query(sql).bind(&key[..]).execute(c).await.map(drop)?);
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
    pub async fn anchor_attempts(&self, keys: [Option<Key>; 4], free: i64) -> Result<(), StoreError> {
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = sql::ANCHOR.of(connection);
                    let [a, b, c, d] = keys.map(|key| key.map(|key| key.0.to_vec()));
                    on!(connection, connection => {
                        let update = sqlx::query(sql).bind(a).bind(free).bind(b).bind(c).bind(d);
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

    async fn delete_attempts(&self, sql: sql::Text, most: i64) -> Result<u64, StoreError> {
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

/// With a new password, strangers begin anew.
pub(super) async fn forget_account(connection: &mut Connection, email: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM attempts WHERE key = $1";
    let Key(key) = Key::account(email);
    on!(connection, c => sqlx::query(sql).bind(&key[..]).execute(c).await.map(drop)?);
    Ok(())
}

async fn take_account(connection: &mut Connection, account: Account) -> Result<Option<i64>, StoreError> {
    let sql = sql::TAKE_ACCOUNT.of(connection);
    Ok(on!(connection, c => {
        let take = sqlx::query_scalar(sql).bind(&account.key.0[..]).bind(account.free).bind(account.rights);
        take.fetch_optional(c).await?
    }))
}

async fn take_network(connection: &mut Connection, network: &Network) -> Result<bool, StoreError> {
    let sql = sql::TAKE_NETWORK.of(connection);
    Ok(on!(connection, c => {
        sqlx::query(sql).bind(&network.key.0[..]).bind(network.limit).execute(c).await?.rows_affected()
    }) == 1)
}

async fn give_back(connection: &mut Connection, networks: &[Network]) -> Result<(), StoreError> {
    let sql = "UPDATE attempts SET tries = tries - 1 WHERE key = $1 AND tries > 0";
    for network in networks {
        on!(&mut *connection, c => sqlx::query(sql).bind(&network.key.0[..]).execute(c).await.map(drop)?);
    }
    Ok(())
}
