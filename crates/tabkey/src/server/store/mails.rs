//! Mails that wait to be sent, and the pace at which they may go. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Caller, Connection, Durability, SecurityEvent, Store, StoreError, checks::admit, notices::json, on, read,
    security_events::insert_event,
};
use crate::server::mail::Letter;

const HOUR: i64 = 3_600_000;

/// A mail that is to be sent now.
#[derive(Clone, Debug, FromRow)]
pub struct MailRow {
    pub id: Uuid,
    /// Goes to this account's address, or to the one that it had …
    pub user_id: Option<Uuid>,
    /// … or to whoever has this one.
    pub address: Option<String>,
    /// JSON of a [`Letter`].
    pub letter: String,
    /// Occasions that it tells of: more than one where they were gathered.
    pub times: i64,
    /// This try included.
    pub attempts: i64,
    pub created_at: i64,
}

/// Mails that are to be sent, also those that wait for another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Waiting {
    /// Counted up to ten thousand.
    pub mails: i64,
    /// When the oldest should have gone.
    pub since: Option<i64>,
}

/// A mail that is to be sent.
#[derive(Clone, Debug)]
pub struct NewMail {
    pub user_id: Option<Uuid>,
    pub address: Option<String>,
    pub letter: Letter,
    pub at: i64,
}

impl Store {
    pub async fn create_mail(&self, mail: NewMail) -> Result<(), StoreError> {
        // Not "one": the account may be gone, and the foreign key refuses.
        self.writer
            .write(Durability::Full, move |connection| Box::pin(async move { insert_mail(connection, &mail).await }))
            .await
    }

    /// Puts a mail into the queue that a caller asked for, if their session still lives. Errors: [`StoreError::Over`].
    pub async fn ask_by_mail(&self, by: Caller, mail: NewMail, event: SecurityEvent) -> Result<(), StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit(connection, &[], by, mail.at).await?;
                    insert_event(connection, &event).await?;
                    insert_mail(connection, &mail).await
                })
            })
            .await
    }

    /// The mail whose turn it is, for this caller alone until `until`; whoever dies with it leaves it to another after that.
    pub async fn claim_mail(&self, now: i64, until: i64) -> Result<Option<MailRow>, StoreError> {
        // The condition stands twice: of two nodes that found the same row, the second finds it changed.
        let sql = "UPDATE mails SET try_at = $2, attempts = attempts + 1
                   WHERE id = (SELECT id FROM mails WHERE try_at <= $1 ORDER BY try_at LIMIT 1) AND try_at <= $1
                   RETURNING id, user_id, address, letter, times, attempts, created_at";
        self.writer
            .write_one(Durability::Full, move |connection| {
                Box::pin(async move {
                    Ok(on!(connection, c => sqlx::query_as(sql).bind(now).bind(until).fetch_optional(c).await?))
                })
            })
            .await
    }

    /// Whether any mail's time has come: a look that writes nothing.
    pub async fn has_mail(&self, now: i64) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM mails WHERE try_at <= $1)";
        Ok(read!(self, pool => sqlx::query_scalar(sql).bind(now).fetch_one(pool).await)?)
    }

    pub async fn count_waiting_mails(&self, now: i64) -> Result<Waiting, StoreError> {
        let sql =
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM mails WHERE created_at <= $1 LIMIT 10000) AS waiting) AS mails,
                          (SELECT created_at FROM mails WHERE created_at <= $1 ORDER BY id LIMIT 1) AS since";
        Ok(read!(self, pool => sqlx::query_as(sql).bind(now).fetch_one(pool).await)?)
    }

    /// Counts one more mail that was asked for at a mailbox; answers how many that makes within the hour.
    pub async fn count_mailbox(
        &self,
        address_hash: [u8; 32],
        purpose: &'static str,
        now: i64,
    ) -> Result<i64, StoreError> {
        let sql = "INSERT INTO mailboxes (address_hash, purpose, since, mails) VALUES ($1, $2, $3, 1)
                   ON CONFLICT (address_hash, purpose) DO UPDATE SET
                       mails = CASE WHEN mailboxes.since <= $4 THEN 1 ELSE mailboxes.mails + 1 END,
                       since = CASE WHEN mailboxes.since <= $4 THEN $3 ELSE mailboxes.since END
                   RETURNING mails";
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    Ok(on!(connection, c => {
                        let count = sqlx::query_scalar(sql).bind(&address_hash[..]).bind(purpose);
                        count.bind(now).bind(now - HOUR).fetch_one(c).await?
                    }))
                })
            })
            .await
    }

    /// How many were counted within the hour.
    pub async fn find_mailbox(
        &self,
        address_hash: [u8; 32],
        purpose: &'static str,
        now: i64,
    ) -> Result<i64, StoreError> {
        let sql = "SELECT mails FROM mailboxes WHERE address_hash = $1 AND purpose = $2 AND since > $3";
        let found: Option<i64> = read!(self, pool => {
            sqlx::query_scalar(sql).bind(&address_hash[..]).bind(purpose).bind(now - HOUR).fetch_optional(pool).await
        })?;
        Ok(found.unwrap_or(0))
    }

    /// Lets it wait until then. `was_tried` is false where it is held back for the sake of its reader: that was no try.
    pub async fn postpone_mail(&self, id: Uuid, until: i64, was_tried: bool) -> Result<(), StoreError> {
        let sql = "UPDATE mails SET try_at = $2, attempts = attempts - CASE WHEN $3 THEN 0 ELSE 1 END WHERE id = $1";
        self.writer
            .write_one(Durability::Full, move |connection| {
                Box::pin(async move {
                    on!(connection, c => sqlx::query(sql).bind(id).bind(until).bind(was_tried).execute(c).await.map(drop)?);
                    Ok(())
                })
            })
            .await
    }

    /// It is delivered, or never will be.
    pub async fn delete_mail(&self, id: Uuid) -> Result<(), StoreError> {
        let sql = "DELETE FROM mails WHERE id = $1";
        self.writer
            .write_one(Durability::Full, move |connection| {
                Box::pin(async move {
                    on!(connection, c => sqlx::query(sql).bind(id).execute(c).await.map(drop)?);
                    Ok(())
                })
            })
            .await
    }
}

pub(super) async fn insert_mail(connection: &mut Connection, mail: &NewMail) -> Result<(), StoreError> {
    let sql = "INSERT INTO mails (id, user_id, address, letter, created_at, try_at) VALUES ($1, $2, $3, $4, $5, $5)";
    let letter = json(&mail.letter)?;
    on!(connection, c => {
        let insert = sqlx::query(sql).bind(Uuid::now_v7()).bind(mail.user_id).bind(&mail.address);
        insert.bind(letter).bind(mail.at).execute(c).await?;
    });
    Ok(())
}
