//! Beginning, granting and ending sessions: what sign-up, sign-in, refresh and revocation share. Runs in: the server.

use std::sync::Arc;

use tabkey_core::rotate::{self, Decision, Rotatable};
use uuid::Uuid;

use crate::server::{
    auth::{
        caller::{
            Granted, Secret, Subject, Visitor, client,
            refresh_token::{self, Presented},
        },
        node::Auth,
    },
    clock::{millis, now, seconds},
    store::{Ending, NewSession, SecurityEvent, SecurityEventKind, SessionRow, UserRow},
};
use tabkey_core::{EndReason, Ended, Error, FieldError, Grant, Profile, RefreshToken, SessionTimes, User};
use tabkey_verifier::trust::Untrusted;

/// Milliseconds that a call may take on its way, beside the grace that the tab counts.
const ON_THE_WAY: i64 = 10_000;

/// A session about to begin on the visitor's device, in the place of the one that the browser holds. Errors: 503.
pub async fn begin(auth: &Auth, visitor: &Visitor, user: Uuid, remember: bool, now: i64) -> Result<NewSession, Error> {
    let limits = &auth.config.session;
    let (lifetime, idle) = if remember {
        (limits.absolute_lifetime, limits.idle_timeout)
    } else {
        // Never longer than anywhere else.
        (limits.shared_absolute_lifetime, limits.shared_idle_timeout.min(limits.idle_timeout))
    };
    let lifetime = limits.max_login_age.map_or(lifetime, |longest| lifetime.min(longest));
    let client = client::describe(visitor);
    Ok(NewSession {
        id: Uuid::now_v7(),
        user_id: user,
        created_at: now,
        expires_at: now + millis(lifetime),
        idle_limit: millis(idle),
        remember,
        name: client.name,
        browser: client.browser,
        os: client.os.into(),
        kind: client.kind.into(),
        user_agent: visitor.user_agent.clone(),
        address: visitor.address.to_string(),
        most: i64::from(auth.config.limits.sessions_per_account),
        replaced: replaced(auth, visitor, now).await?,
    })
}

/// Everything a grant is made of.
pub struct Grantee {
    pub user: User,
    pub claims_version: i64,
    pub session: Uuid,
    pub generation: u32,
    pub proved_at: i64,
    pub expires_at: i64,
    pub last_used_at: i64,
    pub idle_limit: i64,
    pub remember: bool,
}

impl Grantee {
    /// At sign-in: generation 1.
    pub fn new(user: User, claims_version: i64, session: &NewSession) -> Self {
        Self {
            user,
            claims_version,
            session: session.id,
            generation: 1,
            proved_at: session.created_at,
            expires_at: session.expires_at,
            last_used_at: session.created_at,
            idle_limit: session.idle_limit,
            remember: session.remember,
        }
    }

    /// At refresh.
    pub fn existing(session: &SessionRow, generation: u32) -> Self {
        Self {
            user: owner(session),
            claims_version: session.claims_version,
            session: session.id,
            generation,
            proved_at: session.proved_at,
            expires_at: session.expires_at,
            last_used_at: session.last_used_at,
            idle_limit: session.idle_limit,
            remember: session.remember,
        }
    }

    pub fn times(&self) -> SessionTimes {
        times(self.session, self.expires_at, self.last_used_at, self.idle_limit)
    }
}

/// Both tokens. The access token never outlives the session.
pub fn grant(auth: &Auth, to: Grantee, now: i64) -> Result<Granted, Error> {
    let left = (to.expires_at - now).max(0) / 1_000;
    let ttl = millis(auth.config.session.access_token_ttl).max(1_000) / 1_000;
    let ttl = ttl.min(left).max(1);
    let session = to.times();
    let keys = auth.keys.present();
    let refresh_key = keys.refresh(now).ok_or_else(Error::busy)?;
    let refresh_token = refresh_token::derive(refresh_key, to.session, to.generation);
    let subject = Subject {
        user: to.user.id,
        session: to.session,
        generation: to.generation,
        roles: Arc::from(to.user.roles.clone()),
        claims_version: to.claims_version,
        proved_at: to.proved_at,
    };
    let in_the_tab = auth.config.session.profile == Profile::Tab;
    let grant = Grant {
        access_token: auth.tokens.issue(&keys, subject, ttl, now)?,
        refresh_token: in_the_tab.then(|| RefreshToken::new(refresh_token.0.clone())),
        token_type: "Bearer".into(),
        expires_in: u32::try_from(ttl).unwrap_or(u32::MAX),
        server_time: seconds(now),
        session,
        user: to.user,
    };
    let max_age = to.remember.then_some(left.max(1).unsigned_abs());
    Ok(Granted { grant, refresh_token, max_age })
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

/// How a session is over at `now`, if it is.
pub fn over(row: &SessionRow, now: i64) -> Option<Ended> {
    match rotate::over(&rotatable(row), now) {
        Some(Decision::Ended(reason) | Decision::Over(reason)) => Some(ended(row, reason, now)),
        _ => None,
    }
}

/// For a genuine token of a session that is no longer on record: it ran out long ago.
pub fn unknown() -> Error {
    Error::SessionEnded(gone())
}

/// How a session that is no longer on record ended.
pub fn gone() -> Ended {
    Ended { reason: EndReason::Expired, at: seconds(now()), by: None }
}

/// The refresh token of a call: the cookie, or under the profile `tab` the form's field, and never the one for the other.
/// Errors: 422 for a field that the profile does not have.
pub fn refresh_token(auth: &Auth, visitor: &Visitor, field: String) -> Result<Option<Secret>, Error> {
    match (auth.config.session.profile, field.is_empty()) {
        (Profile::Tab, is_empty) => Ok((!is_empty).then_some(Secret(field))),
        (_, true) => Ok(visitor.refresh_token.clone()),
        (_, false) => Err(Error::field("refresh_token", FieldError::Unknown)),
    }
}

/// How long after its end, in milliseconds, an access token may still continue its session or sign it out; it authorises
/// nothing else any more.
pub fn late(auth: &Auth) -> i64 {
    let grace = Profile::grace(auth.config.session.access_token_ttl.as_secs());
    i64::try_from(grace).unwrap_or(0) * 1_000 + ON_THE_WAY
}

/// What a refresh token names, if it is genuine. A key that is not known here is looked for in the database.
/// Errors: 503 where that cannot say.
pub async fn presented(auth: &Auth, token: Option<&Secret>) -> Result<Option<Presented>, Error> {
    let Some(token) = token else { return Ok(None) };
    let parse = || {
        let keys = auth.keys.present();
        refresh_token::parse(&token.0, |id| keys.refresh_by_id(id))
    };
    let mut parsed = parse();
    if parsed == Err(Untrusted::UnknownKey) {
        auth.keys.read_again(&auth.store).await?;
        parsed = parse();
    }
    Ok(parsed.ok())
}

/// An ending as of now.
pub fn ending(reason: EndReason, by: Option<String>, at: i64) -> Ending {
    Ending { reason, at, by }
}

/// When every token made before `at` is dead, with a minute for clocks that differ.
pub fn last_token_dead(auth: &Auth, at: i64) -> i64 {
    at + millis(auth.config.session.access_token_ttl) + 60_000
}

/// When every session begun before `at` is over, with the same minute.
pub fn last_session_over(auth: &Auth, at: i64) -> i64 {
    let limits = &auth.config.session;
    at + millis(limits.absolute_lifetime.max(limits.shared_absolute_lifetime)) + 60_000
}

/// The session that a new sign-in in the same browser replaces, and how it ends. Errors: 503.
async fn replaced(auth: &Auth, visitor: &Visitor, at: i64) -> Result<Option<(Uuid, Ending)>, Error> {
    let held = presented(auth, visitor.refresh_token.as_ref()).await?;
    Ok(held.map(|held| (held.session, ending(EndReason::SignedOut, None, at))))
}

/// A security event about this visitor, now.
pub fn event(visitor: &Visitor, kind: SecurityEventKind, user: Option<Uuid>, session: Option<Uuid>) -> SecurityEvent {
    SecurityEvent {
        at: now(),
        kind,
        user_id: user,
        actor_id: None,
        session_id: session,
        device: Some(client::describe(visitor).name),
        address: Some(visitor.address.to_string()),
        detail: None,
    }
}
