//! A session as the database knows it: whose it is, how long it lasts, whether it is over and how. Runs in: the server.

use tabkey_core::rotate::{self, Decision, Rotatable};
use uuid::Uuid;

use crate::server::{
    auth::node::Auth,
    clock::{millis, now, seconds},
    store::{Ending, SessionRow, UserRow},
};
use tabkey_core::{EndReason, Ended, Error, SessionTimes, User};

/// A session as it is on record, under the limits that hold now.
pub async fn find(auth: &Auth, id: Uuid) -> Result<Option<SessionRow>, Error> {
    Ok(auth.store.find_session(id).await?.map(|row| limited(auth, row)))
}

/// A sign-in that began under a longer `max_login_age` ends as if it had begun under the present one.
pub fn limited(auth: &Auth, row: SessionRow) -> SessionRow {
    let longest = auth.config.session.max_login_age.map_or(i64::MAX, millis);
    SessionRow { expires_at: row.expires_at.min(row.created_at.saturating_add(longest)), ..row }
}

/// Who signed in before this, in unix milliseconds, has to do so anew.
pub fn too_old(auth: &Auth, now: i64) -> i64 {
    auth.config.session.max_login_age.map_or(i64::MIN, |longest| now - millis(longest))
}

/// How a session is over at `now`, if it is.
pub fn over(row: &SessionRow, now: i64) -> Option<Ended> {
    match rotate::over(&rotatable(row), now) {
        Some(Decision::Ended(reason) | Decision::Over(reason)) => Some(ended(row, reason, now)),
        _ => None,
    }
}

/// What the pure decision needs of a row.
pub fn rotatable(row: &SessionRow) -> Rotatable {
    Rotatable {
        generation: u32::try_from(row.generation).unwrap_or(u32::MAX),
        confirmed: row.confirmed,
        rotated_at: row.rotated_at,
        last_used_at: row.last_used_at,
        // Asked to sign in again: over since then, unless the password was proved after that.
        expires_at: match row.sign_in_after {
            Some(at) if at > row.proved_at => row.expires_at.min(at),
            _ => row.expires_at,
        },
        idle_limit: row.idle_limit,
        ended: row.ended_at.map(|_| EndReason::of_ending(row.end_reason.as_deref())),
        user_blocked: row.user_blocked_at.is_some(),
    }
}

/// How a row says it ended.
pub fn ended(row: &SessionRow, reason: EndReason, now: i64) -> Ended {
    Ended { reason, at: seconds(row.ended_at.unwrap_or(now)), by: row.ended_by.clone() }
}

/// An ending as of now.
pub fn ending(reason: EndReason, by: Option<String>, at: i64) -> Ending {
    Ending { reason, at, by }
}

/// For a genuine token of a session that is no longer on record: it ran out long ago.
pub fn unknown() -> Error {
    Error::SessionEnded(gone())
}

/// How a session that is no longer on record ended.
pub fn gone() -> Ended {
    Ended { reason: EndReason::Expired, at: seconds(now()), by: None }
}

/// The person behind a session, as the API shows them.
pub fn owner(row: &SessionRow) -> User {
    let roles = row.roles.as_deref().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    User { id: row.user_id, email: row.email.clone(), display_name: row.display_name.clone(), roles }
}

/// The person as the API shows them.
pub async fn user(auth: &Auth, row: UserRow) -> Result<User, Error> {
    let roles = auth.store.find_roles(row.id).await?;
    Ok(User { id: row.id, email: row.email, display_name: row.display_name, roles })
}

pub fn times(id: Uuid, expires_at: i64, last_used_at: i64, idle_limit: i64) -> SessionTimes {
    SessionTimes {
        id,
        expires_at: seconds(expires_at),
        idle_expires_at: seconds((last_used_at + idle_limit).min(expires_at)),
    }
}
