//! Links that are good for nothing any more, because somebody made the account safe. Runs in: the server.

use uuid::Uuid;

use super::{Connection, StoreError, on};

/// What was asked for, by whomever, before somebody made the account safe is worth nothing after it: the links to a new
/// password and to another address, and the mails that would bring more of the latter.
pub(super) async fn void_asked(connection: &mut Connection, user: Uuid, now: i64) -> Result<(), StoreError> {
    let sql = "UPDATE links SET used_at = $2 WHERE user_id = $1 AND purpose = 'reset_password' AND used_at IS NULL";
    on!(&mut *connection, c => sqlx::query(sql).bind(user).bind(now).execute(c).await.map(drop)?);
    void_changes(connection, user, now).await
}

/// The same of links to another address alone: a way back into the account is not for everybody to take away.
pub(super) async fn void_changes(connection: &mut Connection, user: Uuid, now: i64) -> Result<(), StoreError> {
    let sql = "UPDATE links SET used_at = $2 WHERE user_id = $1 AND purpose = 'confirm_email' AND used_at IS NULL";
    on!(&mut *connection, c => sqlx::query(sql).bind(user).bind(now).execute(c).await.map(drop)?);
    let sql = "DELETE FROM mails WHERE user_id = $1 AND letter LIKE '{\"letter\":\"confirm_email\"%'";
    on!(connection, c => sqlx::query(sql).bind(user).execute(c).await.map(drop)?);
    Ok(())
}

/// Whatever went out since the address was changed, which `mail` told of, went to whoever changed it: nothing of it is good
/// any more. What went out before, to a still earlier address, stays.
pub(super) async fn void_since(
    connection: &mut Connection,
    user: Uuid,
    mail: Uuid,
    now: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE links SET used_at = $3 WHERE user_id = $1 AND mail_id > $2 AND used_at IS NULL";
    on!(&mut *connection, c => sqlx::query(sql).bind(user).bind(mail).bind(now).execute(c).await.map(drop)?);
    let sql = "DELETE FROM mails WHERE user_id = $1 AND id > $2 AND letter LIKE '{\"letter\":\"email_changed\"%'";
    on!(connection, c => sqlx::query(sql).bind(user).bind(mail).execute(c).await.map(drop)?);
    Ok(())
}
