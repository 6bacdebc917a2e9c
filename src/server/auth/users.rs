//! What an operator may see and do from the command line. Runs in: the server.

use super::{Auth, clock, session};
use crate::{
    server::store::{SecurityEvent, SecurityEventKind, SessionRow, UserRow, UserSummary},
    shared::{Email, EndReason, Error, FieldError},
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
    let event = SecurityEvent {
        at: now,
        kind: SecurityEventKind::RevokedOthers,
        user_id: Some(user.id),
        session_id: None,
        device: Some("command line".into()),
        address: None,
    };
    let ended = auth.store.end_sessions_of(user.id, None, ending.clone(), event).await?;
    let revoked = ended.len() as u64;
    session::announce(auth, ended, &ending);
    Ok(revoked)
}

async fn find(auth: &Auth, email: &str) -> Result<UserRow, Error> {
    let email = Email::parse(email).map_err(|_| Error::field("email", FieldError::Malformed))?;
    auth.store.find_user_by_email(email.as_str()).await?.ok_or(Error::NotFound)
}
