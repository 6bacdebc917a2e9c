//! Mails that tell somebody of what happened: gathered, so that no mailbox is filled. Runs in: the server.

use uuid::Uuid;

use super::{Connection, StoreError, on};
use crate::server::mail::Letter;

const HOUR: i64 = 3_600_000;

/// A notice of something that happened: at most one of a `kind` per account and hour goes to a confirmed address, the first
/// at once, and what follows is gathered in the next. The log has each.
pub(super) async fn insert_notice(
    connection: &mut Connection,
    user: Uuid,
    kind: &str,
    letter: &Letter,
    at: i64,
) -> Result<(), StoreError> {
    let text = json(letter)?;
    // The first occasion is kept: the link that signs out what came in since counts from there.
    let sql = "UPDATE mails SET times = times + 1, letter = CASE WHEN $3 THEN $4 ELSE letter END
               WHERE user_id = $1 AND kind = $2 AND attempts = 0 AND address = (SELECT email FROM users WHERE id = $1)";
    let added = on!(&mut *connection, c => {
        let update = sqlx::query(sql).bind(user).bind(kind).bind(letter.is_overtaken_by_the_next());
        update.bind(&text).execute(c).await?.rows_affected()
    });
    if added > 0 {
        return Ok(());
    }
    let sql = "INSERT INTO notices (user_id, kind, free_at)
               SELECT id, $2, $4 FROM users WHERE id = $1 AND email_verified_at IS NOT NULL
               ON CONFLICT (user_id, kind) DO UPDATE SET
                   free_at = CASE WHEN notices.free_at <= $3 THEN $4 ELSE notices.free_at + $5 END
               RETURNING free_at";
    let free_at: Option<i64> = on!(&mut *connection, c => {
        let insert = sqlx::query_scalar(sql).bind(user).bind(kind).bind(at).bind(at + HOUR).bind(HOUR);
        insert.fetch_optional(c).await?
    });
    let Some(free_at) = free_at else { return Ok(()) };
    // To the address of now: whoever moves the account to their own before this goes gets no word of it, and no link.
    let sql = "INSERT INTO mails (id, user_id, kind, letter, created_at, try_at, address)
               SELECT $1, id, $3, $4, $5, $5, email FROM users WHERE id = $2";
    on!(connection, c => {
        let insert = sqlx::query(sql).bind(Uuid::now_v7()).bind(user).bind(kind).bind(&text);
        insert.bind(free_at - HOUR).execute(c).await?;
    });
    Ok(())
}

/// Writes to each administrator, once an hour about one account.
pub(super) async fn tell_operators(
    connection: &mut Connection,
    about: Uuid,
    concerns: i64,
    now: i64,
) -> Result<(), StoreError> {
    let sql = "SELECT email FROM users WHERE id = $1";
    let email: String = on!(&mut *connection, c => sqlx::query_scalar(sql).bind(about).fetch_one(c).await?);
    let sql = "SELECT user_id FROM user_roles WHERE role = 'admin' ORDER BY user_id LIMIT 20";
    let operators: Vec<Uuid> = on!(&mut *connection, c => sqlx::query_scalar(sql).fetch_all(c).await?);
    let (kind, letter) = (format!("not_me:{about}"), Letter::NotMe { email, at: concerns });
    for operator in operators {
        insert_notice(connection, operator, &kind, &letter, now).await?;
    }
    Ok(())
}

pub(super) fn json(letter: &Letter) -> Result<String, StoreError> {
    serde_json::to_string(letter).map_err(|error| StoreError::Unavailable(error.to_string()))
}
