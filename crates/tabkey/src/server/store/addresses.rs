//! Whose an email address is: of one account at a time, and, once given up, still of that account for a while. Runs in: the
//! server.

use uuid::Uuid;

use super::{Connection, StoreError, attempts::forget_account, on};

/// After the user's row has it: in this order, so that no two acts wait for each other. Errors: [`StoreError::EmailTaken`]
/// where it is reserved for another account.
pub(super) async fn take_address(
    connection: &mut Connection,
    email: &str,
    user: Uuid,
    now: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO addresses (email, user_id) VALUES ($1, $2)
               ON CONFLICT (email) DO UPDATE SET user_id = $2, kept_until = NULL
               WHERE addresses.user_id = $2 OR addresses.kept_until <= $3";
    let taken = on!(&mut *connection, c => {
        sqlx::query(sql).bind(email).bind(user).bind(now).execute(c).await?.rows_affected()
    });
    if taken != 1 {
        return Err(StoreError::EmailTaken);
    }
    // Guesses at whoever had it, or at nobody, are none at them.
    forget_account(connection, email).await
}

/// Reserved for its account until then, or at anybody's disposal.
pub(super) async fn give_up_address(
    connection: &mut Connection,
    email: &str,
    kept_until: Option<i64>,
) -> Result<(), StoreError> {
    match kept_until {
        Some(until) => {
            let sql = "UPDATE addresses SET kept_until = $2 WHERE email = $1";
            on!(&mut *connection, c => sqlx::query(sql).bind(email).bind(until).execute(c).await.map(drop)?);
        }
        None => {
            let sql = "DELETE FROM addresses WHERE email = $1";
            on!(&mut *connection, c => sqlx::query(sql).bind(email).execute(c).await.map(drop)?);
        }
    }
    forget_account(connection, email).await
}
