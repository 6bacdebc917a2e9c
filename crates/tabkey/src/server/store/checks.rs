//! What an act rests on, looked at once more where it takes effect: in its own transaction, on the user's row, where acts that
//! meet each other wait for each other. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Connection, StoreError, on};
use tabkey_core::EndReason;

/// A password that was right. The hash took its time: by now it may be another one, or the account may be shut.
#[derive(Clone)]
pub struct Proof {
    pub user_id: Uuid,
    /// The hash that it was compared with.
    pub password_hash: String,
    /// Whatever makes an account safe raises it.
    pub claims_version: i64,
    /// The hash to store instead, where the present one is too cheap.
    pub rehash: Option<String>,
    /// Whether it was given on a device that the account knows: there a disabled password opens it, too.
    pub is_known: bool,
}

/// Whose token made a call. By the time at which the call takes effect its session may be over.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    pub user_id: Uuid,
    pub session_id: Uuid,
    /// Of the token, where what it says of its owner matters: their roles.
    pub claims_version: Option<i64>,
}

#[derive(FromRow)]
struct Standing {
    ended_at: Option<i64>,
    end_reason: Option<String>,
    ended_by: Option<String>,
    claims_version: i64,
}

/// Lets acts on these accounts wait for each other, from here to the end of the transaction. SQLite has one writer.
pub(super) async fn lock_users(connection: &mut Connection, users: &[Uuid]) -> Result<(), StoreError> {
    if let Connection::Postgres(c) = connection {
        // In one order, so that no two wait for each other for good. Rows of other tables that point here are not kept waiting.
        let sql = "SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
        sqlx::query(sql).bind(users).execute(c.statements()).await?;
    }
    Ok(())
}

/// The same of whoever has this session: the account is locked before what hangs on it, so that no two acts wait in a circle.
pub(super) async fn lock_owner(connection: &mut Connection, session: Uuid) -> Result<(), StoreError> {
    if let Connection::Postgres(c) = connection {
        let sql = "SELECT id FROM users WHERE id = (SELECT user_id FROM sessions WHERE id = $1) FOR NO KEY UPDATE";
        sqlx::query(sql).bind(session).execute(c.statements()).await?;
    }
    Ok(())
}

/// Whether the password that was right still opens the account; where it does, nothing overtakes the act any more.
pub(super) async fn honour(connection: &mut Connection, proof: &Proof, at: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE users SET last_used_at = CASE WHEN last_used_at < $4 THEN $4 ELSE last_used_at END,
                                password_hash = coalesce($5, password_hash)
               WHERE id = $1 AND password_hash = $2 AND claims_version = $3 AND blocked_at IS NULL
                 AND (password_disabled_at IS NULL OR $6)";
    let honoured = on!(connection, c => {
        let update = sqlx::query(sql).bind(proof.user_id).bind(&proof.password_hash).bind(proof.claims_version).bind(at);
        update.bind(&proof.rehash).bind(proof.is_known).execute(c).await?.rows_affected()
    });
    Ok(honoured == 1)
}

/// Before an act on these accounts, by an owner, an admin, or the command line: nothing overtakes it any more, and a caller's
/// session still lives. Errors: [`StoreError::Over`]; [`StoreError::Stale`] where the token's claims count and are not the
/// present ones.
pub(super) async fn admit(
    connection: &mut Connection,
    on: &[Uuid],
    by: impl Into<Option<Caller>>,
    at: i64,
) -> Result<(), StoreError> {
    let by = by.into();
    let users: Vec<Uuid> = on.iter().copied().chain(by.map(|by| by.user_id)).collect();
    lock_users(connection, &users).await?;
    let Some(by) = by else { return Ok(()) };
    let sql = "SELECT s.ended_at, s.end_reason, s.ended_by, u.claims_version
               FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND u.id = $2";
    let standing: Option<Standing> = on!(connection, c => {
        sqlx::query_as(sql).bind(by.session_id).bind(by.user_id).fetch_optional(c).await?
    });
    match standing {
        // No longer on record.
        None => Err(StoreError::Over { reason: Some(EndReason::Expired.as_str().into()), at, by: None }),
        Some(Standing { ended_at: Some(at), end_reason, ended_by, .. }) => {
            Err(StoreError::Over { reason: end_reason, at, by: ended_by })
        }
        Some(standing) if by.claims_version.is_some_and(|version| version < standing.claims_version) => {
            Err(StoreError::Stale)
        }
        Some(_) => Ok(()),
    }
}
