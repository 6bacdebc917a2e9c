//! What an operator, on the command line, and an admin, in the browser, do to accounts. Runs in: the server.

use uuid::Uuid;

use crate::server::{
    auth::{
        caller::{self, SignedIn, Visitor},
        node::Auth,
        session::{self, announce, devices::parse_id},
    },
    clock,
    store::{Caller, Change, Revoked, SecurityEvent, SecurityEventKind, SessionRow, UserRow, UserSummary},
};
use tabkey_core::{ADMIN, Email, EndReason, Error, FieldError, Role};

/// Who looks after accounts: it is written into the log.
#[derive(Clone, Copy)]
pub enum Actor<'a> {
    CommandLine,
    Admin(&'a SignedIn, &'a Visitor),
}

/// Lines of `tabkey user list`, the newest account first.
pub async fn list(auth: &Auth, limit: u32) -> Result<Vec<UserSummary>, Error> {
    Ok(auth.store.list_users(limit).await?)
}

/// Roles and live sessions of an account.
pub async fn show(auth: &Auth, user: &UserRow) -> Result<(Vec<String>, Vec<SessionRow>), Error> {
    let roles = auth.store.find_roles(user.id).await?;
    let sessions = auth.store.list_live_sessions(user.id, clock::now()).await?;
    Ok((roles, sessions))
}

/// Ends every session of an account; answers how many.
pub async fn sign_out(auth: &Auth, by: Actor<'_>, user: &UserRow) -> Result<u64, Error> {
    let now = clock::now();
    let ending = session::ending(EndReason::Revoked, None, now);
    let event = by.event(user, SecurityEventKind::RevokedOthers, None, now);
    let ended = auth.store.end_sessions_of(user.id, None, by.caller(), ending.clone(), event).await?;
    Ok(announce::all(auth, ended, &ending))
}

/// Lets the sessions that an account has now run out, each at its next refresh: nobody loses what they are typing, and
/// everybody proves their password anew. A session in which that happens first stays.
pub async fn sign_in_again(auth: &Auth, by: Actor<'_>, user: &UserRow) -> Result<(), Error> {
    let now = clock::now();
    let event = by.event(user, SecurityEventKind::SignInAgain, None, now);
    Ok(auth.store.save_sign_in_after(user.id, now, by.caller(), event).await?)
}

/// Blocks an account and ends its sessions; answers how many, or `None` where it was blocked already. Errors: 422
/// `{"id":"yourself"}` for an admin's own, `{"id":"last_admin"}` where nobody would be left to undo it.
pub async fn block(auth: &Auth, by: Actor<'_>, user: &UserRow) -> Result<Option<u64>, Error> {
    if let Actor::Admin(me, _) = by
        && me.user_id == user.id
    {
        return Err(Error::field("id", FieldError::Yourself));
    }
    let now = clock::now();
    let ending = session::ending(EndReason::Blocked, None, now);
    let event = by.event(user, SecurityEventKind::Blocked, None, now);
    match auth.store.block_user(user.id, by.caller(), ending.clone(), event).await? {
        Revoked::All(ended) => Ok(Some(announce::all(auth, ended, &ending))),
        Revoked::Already => Ok(None),
        Revoked::LastAdmin => Err(Error::field("id", FieldError::LastAdmin)),
    }
}

/// Lets an account in again; false where it was not blocked.
pub async fn unblock(auth: &Auth, by: Actor<'_>, user: &UserRow) -> Result<bool, Error> {
    let event = by.event(user, SecurityEventKind::Unblocked, None, clock::now());
    Ok(auth.store.unblock_user(user.id, by.caller(), event).await?)
}

/// Gives an account a role; false where it had it. In force on every node within a second, without a sign-out. Errors: 422,
/// `{"role":"too_many"}` where its tokens could carry no more.
pub async fn grant(auth: &Auth, by: Actor<'_>, user: &UserRow, role: &str) -> Result<bool, Error> {
    let role = Role::parse(role).map_err(|error| Error::field("role", error))?;
    let event = by.event(user, SecurityEventKind::RoleGranted, Some(&role), clock::now());
    match auth.store.create_role(user.id, role.as_str().to_owned(), Role::MAX_PER_ACCOUNT, by.caller(), event).await? {
        Change::TooMany => Err(Error::field("role", FieldError::TooMany)),
        change => Ok(change == Change::Done),
    }
}

/// Takes a role from an account; false where it did not have it. As [`grant`]. Errors: 422, `{"role":"last_admin"}` where an
/// admin would leave nobody who can undo it; the command line may.
pub async fn revoke_role(auth: &Auth, by: Actor<'_>, user: &UserRow, role: &str) -> Result<bool, Error> {
    let role = Role::parse(role).map_err(|error| Error::field("role", error))?;
    let event = by.event(user, SecurityEventKind::RoleRevoked, Some(&role), clock::now());
    let keep_one = matches!(by, Actor::Admin(..)) && role.as_str() == ADMIN;
    match auth.store.delete_role(user.id, role.as_str().to_owned(), keep_one, by.caller(), event).await? {
        Change::LastHolder => Err(Error::field("role", FieldError::LastAdmin)),
        change => Ok(change == Change::Done),
    }
}

/// Errors: 404, 422.
pub async fn find(auth: &Auth, email: &str) -> Result<UserRow, Error> {
    let email = Email::known(email).map_err(|_| Error::field("email", FieldError::Malformed))?;
    auth.store.find_user_by_email(email.as_str()).await?.ok_or(Error::NotFound)
}

/// Errors: 404, 422 for a bad `id`.
pub async fn find_by_id(auth: &Auth, id: &str) -> Result<UserRow, Error> {
    let id: Uuid = parse_id("id", id)?;
    auth.store.find_user(id).await?.ok_or(Error::NotFound)
}

impl Actor<'_> {
    /// Whose session and roles must still be what they were when the act takes effect.
    fn caller(self) -> Option<Caller> {
        match self {
            Self::CommandLine => None,
            Self::Admin(me, _) => Some(me.caller_by_role()),
        }
    }

    fn event(self, user: &UserRow, kind: SecurityEventKind, role: Option<&Role>, at: i64) -> SecurityEvent {
        let detail = role.map(|role| role.as_str().to_owned());
        match self {
            Self::CommandLine => SecurityEvent {
                at,
                kind,
                user_id: Some(user.id),
                actor_id: None,
                session_id: None,
                device: Some("command line".into()),
                address: None,
                detail,
            },
            Self::Admin(me, visitor) => SecurityEvent {
                at,
                actor_id: Some(me.user_id),
                detail,
                ..caller::event(visitor, kind, Some(user.id), None)
            },
        }
    }
}
