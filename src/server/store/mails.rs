//! Mails that wait to be sent. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Caller, Connection, Durability, SecurityEvent, Store, StoreError, checks::admit, on, read,
    security_events::insert_event,
};
use crate::server::mail::Letter;

/// A mail that is to be sent now.
#[derive(Clone, Debug, FromRow)]
pub struct MailRow {
    pub id: Uuid,
    /// Goes to this account's address …
    pub user_id: Option<Uuid>,
    /// … or here.
    pub address: Option<String>,
    /// JSON of a [`Letter`].
    pub letter: String,
    /// This try included.
    pub attempts: i64,
    pub created_at: i64,
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
        self.writer
            .write_one(Durability::Full, move |connection| {
                Box::pin(async move { insert_mail(connection, &mail).await })
            })
            .await
    }

    /// Puts a mail into the queue that a caller asked for, if their session still lives. Errors: [`StoreError::Over`].
    pub async fn ask_by_mail(&self, by: Caller, mail: NewMail, event: SecurityEvent) -> Result<(), StoreError> {
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    admit(connection, by).await?;
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
                   RETURNING id, user_id, address, letter, attempts, created_at";
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

    pub async fn postpone_mail(&self, id: Uuid, until: i64) -> Result<(), StoreError> {
        let sql = "UPDATE mails SET try_at = $2 WHERE id = $1";
        self.writer
            .write_one(Durability::Full, move |connection| {
                Box::pin(async move {
                    on!(connection, c => sqlx::query(sql).bind(id).bind(until).execute(c).await.map(drop)?);
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
    let letter = serde_json::to_string(&mail.letter).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    on!(connection, c => {
        let insert = sqlx::query(sql).bind(Uuid::now_v7()).bind(mail.user_id).bind(&mail.address);
        insert.bind(letter).bind(mail.at).execute(c).await?;
    });
    Ok(())
}
