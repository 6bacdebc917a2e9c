//! What an operator may see and do from the command line. Runs in: the server.

use super::{Auth, clock, session};
use crate::{
    server::store::{Change, SecurityEvent, SecurityEventKind, SessionRow, UserRow, UserSummary},
    shared::{Email, EndReason, Error, FieldError, Role},
};

/// Lines of `tabkey user list`, the newest account first.
pub async fn list(auth: &Auth, limit: u32) -> Result<Vec<UserSummary>, Error> {
    Ok(auth.store.list_users(limit).await?)
}

/// One account, its roles and its live sessions. Errors: 404.
pub async fn show(auth: &Auth, email: &str) -> Result<(UserRow, Vec<String>, Vec<SessionRow>), Error> {
    let user = find(auth, email).await?;
    let roles = auth.store.find_roles(user.id).await?;
    let sessions = auth.store.list_live_sessions(user.id, clock::now()).await?;
    Ok((user, roles, sessions))
}

/// Ends every session of an account; answers how many. Errors: 404.
pub async fn sign_out(auth: &Auth, email: &str) -> Result<u64, Error> {
    let user = find(auth, email).await?;
    let now = clock::now();
    let ending = session::ending(auth, EndReason::Revoked, None, now);
    let event = event(&user, SecurityEventKind::RevokedOthers, None, now);
    let ended = auth.store.end_sessions_of(user.id, None, ending.clone(), event).await?;
    let revoked = ended.len() as u64;
    session::announce(auth, user.id, ended, &ending);
    Ok(revoked)
}

/// Blocks an account and ends its sessions; answers how many, or `None` where it was blocked already. Errors: 404.
pub async fn block(auth: &Auth, email: &str) -> Result<Option<u64>, Error> {
    let user = find(auth, email).await?;
    let now = clock::now();
    let ending = session::ending(auth, EndReason::Blocked, None, now);
    let event = event(&user, SecurityEventKind::Blocked, None, now);
    let Some(ended) = auth.store.block_user(user.id, ending.clone(), event).await? else { return Ok(None) };
    let revoked = ended.len() as u64;
    session::announce(auth, user.id, ended, &ending);
    Ok(Some(revoked))
}

/// Lets an account in again; false where it was not blocked. Errors: 404.
pub async fn unblock(auth: &Auth, email: &str) -> Result<bool, Error> {
    let user = find(auth, email).await?;
    let event = event(&user, SecurityEventKind::Unblocked, None, clock::now());
    Ok(auth.store.unblock_user(user.id, event).await?)
}

/// Gives an account a role; false where it had it. In force on every node within a second, without a sign-out. Errors:
/// 404, 422.
pub async fn grant(auth: &Auth, email: &str, role: &str) -> Result<bool, Error> {
    let role = Role::parse(role).map_err(|error| Error::field("role", error))?;
    let user = find(auth, email).await?;
    let change = change(auth);
    let event = event(&user, SecurityEventKind::RoleGranted, Some(&role), change.at);
    Ok(auth.store.create_role(user.id, role.as_str().to_owned(), change, event).await?)
}

/// Takes a role from an account; false where it did not have it. As [`grant`].
pub async fn revoke_role(auth: &Auth, email: &str, role: &str) -> Result<bool, Error> {
    let role = Role::parse(role).map_err(|error| Error::field("role", error))?;
    let user = find(auth, email).await?;
    let change = change(auth);
    let event = event(&user, SecurityEventKind::RoleRevoked, Some(&role), change.at);
    Ok(auth.store.delete_role(user.id, role.as_str().to_owned(), change, event).await?)
}

async fn find(auth: &Auth, email: &str) -> Result<UserRow, Error> {
    let email = Email::parse(email).map_err(|_| Error::field("email", FieldError::Malformed))?;
    auth.store.find_user_by_email(email.as_str()).await?.ok_or(Error::NotFound)
}

fn change(auth: &Auth) -> Change {
    let at = clock::now();
    Change { at, until: session::last_token_dead(auth, at) }
}

fn event(user: &UserRow, kind: SecurityEventKind, role: Option<&Role>, at: i64) -> SecurityEvent {
    SecurityEvent {
        at,
        kind,
        user_id: Some(user.id),
        session_id: None,
        device: Some("command line".into()),
        address: None,
        detail: role.map(|role| role.as_str().to_owned()),
    }
}
