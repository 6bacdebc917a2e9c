//! Beginning a session, and granting its two tokens: what sign-up, sign-in and refresh share. Runs in: the server.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    genuine::presented,
    record::{ending, owner, times},
};
use crate::server::{
    auth::{
        caller::{Granted, Subject, Visitor, client, refresh_token},
        node::Auth,
    },
    clock::{millis, seconds},
    store::{Ending, NewSession, SessionRow},
};
use tabkey_core::{EndReason, Error, Grant, Profile, RefreshToken, SessionTimes, User};

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

/// The session that a new sign-in in the same browser replaces, and how it ends. Errors: 503.
async fn replaced(auth: &Auth, visitor: &Visitor, at: i64) -> Result<Option<(Uuid, Ending)>, Error> {
    let held = presented(auth, visitor.refresh_token.as_ref()).await?;
    Ok(held.map(|held| (held.session, ending(EndReason::SignedOut, None, at))))
}
