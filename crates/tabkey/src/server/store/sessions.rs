//! Sessions: begun at sign-in, read, named, forgotten. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Connection, Durability, NewUser, SecurityEvent, SecurityEventKind, Store, StoreError,
    accounts::keep_account,
    addresses::take_address,
    checks::{Proof, honour},
    endings::{Ended, Ending, end_one, end_surplus},
    mails::{NewMail, insert_mail},
    on, read,
    security_events::insert_event,
    users::{insert_user, note_use},
};
use crate::server::mail::Letter;
use tabkey_core::EndReason;

pub struct NewSession {
    pub id: Uuid,
    pub user_id: Uuid,
    pub created_at: i64,
    pub expires_at: i64,
    pub idle_limit: i64,
    pub remember: bool,
    pub name: String,
    pub browser: String,
    pub os: String,
    pub kind: String,
    pub user_agent: String,
    pub address: String,
    /// How many live sessions the account may have, this one included.
    pub most: i64,
    /// The one that this browser held before, and how it ends.
    pub replaced: Option<(Uuid, Ending)>,
}

/// What ended because a session began.
#[derive(Debug)]
pub struct Begun {
    /// The session that the browser held before.
    pub replaced: Option<Ended>,
    /// What the account had beyond its limit.
    pub surplus: Vec<Ended>,
}

/// A session, with what a refresh or a page needs to know of its user: so that either takes one statement.
#[derive(Clone, Debug, FromRow)]
pub struct SessionRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub generation: i64,
    pub confirmed: bool,
    pub rotated_at: i64,
    pub created_at: i64,
    /// When the person last proved that they know the password.
    pub proved_at: i64,
    pub last_used_at: i64,
    pub expires_at: i64,
    pub idle_limit: i64,
    pub remember: bool,
    pub name: String,
    pub browser: String,
    pub os: String,
    pub kind: String,
    pub address: String,
    pub ended_at: Option<i64>,
    pub end_reason: Option<String>,
    pub ended_by: Option<String>,
    pub email: String,
    pub display_name: String,
    pub claims_version: i64,
    pub user_blocked_at: Option<i64>,
    /// Proofs of the password before this moment count no more.
    pub sign_in_after: Option<i64>,
    /// In the order of their names, a space between them.
    pub roles: Option<String>,
}

/// The columns of [`SessionRow`] for a statement on `sessions`. Subqueries, because `RETURNING` knows no join.
macro_rules! session_columns {
    () => {
        "id, user_id, generation, confirmed, rotated_at, created_at, proved_at, last_used_at, expires_at, idle_limit,
         remember, name, browser, os, kind, address, ended_at, end_reason, ended_by,
         (SELECT u.email FROM users u WHERE u.id = sessions.user_id) AS email,
         (SELECT u.display_name FROM users u WHERE u.id = sessions.user_id) AS display_name,
         (SELECT u.claims_version FROM users u WHERE u.id = sessions.user_id) AS claims_version,
         (SELECT u.blocked_at FROM users u WHERE u.id = sessions.user_id) AS user_blocked_at,
         (SELECT u.sign_in_after FROM users u WHERE u.id = sessions.user_id) AS sign_in_after,
         (SELECT string_agg(r.role, ' ' ORDER BY r.role) FROM user_roles r WHERE r.user_id = sessions.user_id) AS roles"
    };
}
pub(super) use session_columns;

impl Store {
    /// One account with its first session. Errors: [`StoreError::EmailTaken`].
    pub async fn create_account(
        &self,
        user: NewUser,
        session: NewSession,
        event: SecurityEvent,
    ) -> Result<Begun, StoreError> {
        let hooks = self.hooks.clone();
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    let person = user.person();
                    hooks.before_sign_up(connection, &person).await?;
                    insert_user(connection, &user).await?;
                    take_address(connection, &user.email, user.id, user.created_at).await?;
                    let mail = NewMail {
                        user_id: Some(user.id),
                        address: None,
                        letter: Letter::VerifyEmail,
                        at: user.created_at,
                    };
                    insert_mail(connection, &mail).await?;
                    let begun = begin_session(connection, session, event).await?;
                    hooks.signed_up(connection, &person).await?;
                    Ok(begun)
                })
            })
            .await
    }

    /// A new session; `None` where the password that was right opens the account no more.
    pub async fn create_session(
        &self,
        session: NewSession,
        proof: Proof,
        event: SecurityEvent,
    ) -> Result<Option<Begun>, StoreError> {
        let hooks = self.hooks.clone();
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    if !honour(connection, &proof, session.created_at).await? {
                        return Ok(None);
                    }
                    let (user, id) = (session.user_id, session.id);
                    let begun = begin_session(connection, session, event).await?;
                    hooks.signed_in(connection, user, id).await?;
                    Ok(Some(begun))
                })
            })
            .await
    }

    pub async fn find_session(&self, id: Uuid) -> Result<Option<SessionRow>, StoreError> {
        let sql = concat!("SELECT ", session_columns!(), " FROM sessions WHERE id = $1");
        Ok(read!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// A person's sessions that nothing and no limit has ended.
    pub async fn list_live_sessions(&self, user: Uuid, now: i64) -> Result<Vec<SessionRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            " FROM sessions
             WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 AND last_used_at + idle_limit > $2
             ORDER BY last_used_at DESC, id DESC"
        );
        Ok(read!(self, pool => sqlx::query_as(sql).bind(user).bind(now).fetch_all(pool).await)?)
    }

    /// Gives a session of this user that is live at `now` a name; `None` when there is none.
    pub async fn rename_session(
        &self,
        id: Uuid,
        user: Uuid,
        name: String,
        now: i64,
    ) -> Result<Option<SessionRow>, StoreError> {
        let sql = concat!(
            "UPDATE sessions SET name = $3
             WHERE id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $4 AND last_used_at + idle_limit > $4
             RETURNING ",
            session_columns!()
        );
        self.writer
            .write_one(Durability::Full, move |connection| {
                Box::pin(async move {
                    Ok(on!(connection, c => {
                        sqlx::query_as(sql).bind(id).bind(user).bind(name).bind(now).fetch_optional(c).await?
                    }))
                })
            })
            .await
    }

    /// Notes that the person of a session that is live at `now`, and began after `too_old`, proved their password; `None` when it
    /// is live no more, or the password that was right opens the account no more.
    pub async fn prove_session(
        &self,
        id: Uuid,
        proof: Proof,
        too_old: i64,
        now: i64,
        event: SecurityEvent,
    ) -> Result<Option<SessionRow>, StoreError> {
        let sql = concat!(
            "UPDATE sessions SET proved_at = $2
             WHERE id = $1 AND user_id = $3 AND ended_at IS NULL AND expires_at > $2 AND last_used_at + idle_limit > $2
               AND created_at > $4
             RETURNING ",
            session_columns!()
        );
        self.writer
            .write(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    if !honour(connection, &proof, now).await? {
                        return Ok(None);
                    }
                    let proved: Option<SessionRow> = on!(&mut *connection, c => {
                        sqlx::query_as(sql).bind(id).bind(now).bind(proof.user_id).bind(too_old).fetch_optional(c).await?
                    });
                    if proved.is_some() {
                        insert_event(connection, &event).await?;
                    }
                    Ok(proved)
                })
            })
            .await
    }
}

/// Whether the person was signed in before, but never on such a device. A browser of another version is the same device.
async fn is_on_new_device(connection: &mut Connection, session: &NewSession) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE user_id = $1 AND id <> $2)
               AND NOT EXISTS (SELECT 1 FROM sessions WHERE user_id = $1 AND id <> $2
                                   AND rtrim(browser, ' 0123456789') = $3 AND os = $4 AND kind = $5)";
    let family = session.browser.trim_end_matches(|c: char| c == ' ' || c.is_ascii_digit());
    Ok(on!(connection, c => {
        let select = sqlx::query_scalar(sql).bind(session.user_id).bind(session.id);
        select.bind(family).bind(&session.os).bind(&session.kind).fetch_one(c).await?
    }))
}

async fn begin_session(
    connection: &mut Connection,
    session: NewSession,
    event: SecurityEvent,
) -> Result<Begun, StoreError> {
    let sql = "INSERT INTO sessions (id, user_id, rotated_at, created_at, proved_at, last_used_at, expires_at, idle_limit, remember, name, browser, os, kind, user_agent, address)
               VALUES ($1, $2, $3, $3, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    on!(connection, c => {
        let insert = sqlx::query(sql).bind(session.id).bind(session.user_id).bind(session.created_at);
        let insert = insert.bind(session.expires_at).bind(session.idle_limit).bind(session.remember);
        let insert = insert.bind(&session.name).bind(&session.browser).bind(&session.os).bind(&session.kind);
        insert.bind(&session.user_agent).bind(&session.address).execute(c).await?;
    });
    note_use(connection, session.user_id, session.created_at).await?;
    insert_event(connection, &event).await?;
    keep_account(connection, &event).await?;
    if is_on_new_device(connection, &session).await? {
        insert_event(connection, &SecurityEvent { kind: SecurityEventKind::NewDevice, ..event.clone() }).await?;
    }
    let replaced = match &session.replaced {
        Some((old, ending)) => end_one(connection, *old, None, ending).await?,
        None => None,
    };
    let surplus = end_surplus(connection, session.user_id, session.id, session.most, session.created_at).await?;
    for ended in &surplus {
        let (kind, session_id) = (SecurityEventKind::LimitReached, Some(ended.session_id));
        let detail = Some(EndReason::TooMany.as_str().to_owned());
        insert_event(connection, &SecurityEvent { kind, session_id, detail, ..event.clone() }).await?;
    }
    Ok(Begun { replaced, surplus })
}
