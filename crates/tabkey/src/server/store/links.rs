//! Links in mails: found by the hash of their token, and good for one use. Runs in: the server.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    AllEnded, Connection, Durability, Ended, Ending, Hooked, SecurityEvent, Store, StoreError,
    addresses::{give_up_address, take_address},
    checks::lock_users,
    endings::{end_all_but, end_since},
    mails::{NewMail, insert_mail},
    notices::tell_operators,
    on, read,
    security_events::insert_event,
    users::update_password,
    void_links::{void_asked, void_since},
};

#[derive(Clone, Debug)]
pub struct NewLink {
    pub token_hash: [u8; 32],
    /// The same for each try to send one mail.
    pub mail_id: Uuid,
    pub user_id: Uuid,
    pub purpose: &'static str,
    /// JSON.
    pub detail: String,
    pub created_at: i64,
    pub expires_at: i64,
}

#[derive(Clone, Debug, FromRow)]
pub struct LinkRow {
    pub user_id: Uuid,
    pub purpose: String,
    pub detail: String,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

/// What using a link changes, beside that it is used.
#[derive(Clone, Debug)]
pub enum LinkUse {
    /// A new hash, and the end of every session.
    Password { hash: String, ending: Ending },
    /// The address is theirs, if the account still has it.
    Verify { email: String },
    /// Another address; the old one is told, where it was theirs, and reserved for as long as it can be taken back.
    Email { new: String, kept_until: i64 },
    /// The former address again, and the end of every session.
    EmailBack { old: String, ending: Ending, lock: Lock },
    /// The end of what has begun since, and of the session that did it; the operators are told.
    NotMe { since: i64, session: Option<Uuid>, ending: Ending, lock: Lock },
}

/// The password may be known to somebody else: it opens the account no more, and a new link leads on to another one.
#[derive(Clone, Debug)]
pub struct Lock {
    /// One that no password has.
    pub hash: String,
    pub next: NewLink,
}

/// A link that has been used: the sessions that ended by it.
#[derive(Clone, Debug)]
pub struct Used {
    pub user_id: Uuid,
    pub ended: Gone,
}

/// Which of an account's sessions have just ended.
#[derive(Clone, Debug)]
pub enum Gone {
    These(Vec<Ended>),
    All(AllEnded),
}

impl Store {
    /// For a mail that is being written; false where the mail is no more to be sent: somebody has made the account safe since
    /// it was asked for.
    pub async fn create_link(&self, link: NewLink) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM mails WHERE id = $1)";
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    lock_users(connection, &[link.user_id]).await?;
                    let is_wanted: bool =
                        on!(&mut *connection, c => sqlx::query_scalar(sql).bind(link.mail_id).fetch_one(c).await?);
                    if is_wanted {
                        insert_link(connection, &link).await?;
                    }
                    Ok(is_wanted)
                })
            })
            .await
    }

    pub async fn find_link(&self, token_hash: [u8; 32]) -> Result<Option<LinkRow>, StoreError> {
        let sql = "SELECT user_id, purpose, detail, expires_at, used_at FROM links WHERE token_hash = $1";
        Ok(read!(self, pool => sqlx::query_as(sql).bind(&token_hash[..]).fetch_optional(pool).await)?)
    }

    /// For how many mails, but this one, links were made for this purpose since then.
    pub async fn count_links(
        &self,
        user: Uuid,
        purpose: &'static str,
        but: Option<Uuid>,
        since: i64,
    ) -> Result<i64, StoreError> {
        let sql = "SELECT count(DISTINCT mail_id) FROM links
                   WHERE user_id = $1 AND purpose = $2 AND created_at > $3 AND mail_id <> $4";
        let but = but.unwrap_or_default();
        Ok(read!(self, pool => {
            sqlx::query_scalar(sql).bind(user).bind(purpose).bind(since).bind(but).fetch_one(pool).await
        })?)
    }

    /// Uses a link, and does what it is for, both or neither; `None` where it was used, ran out or never was. Errors:
    /// [`StoreError::EmailTaken`].
    pub async fn use_link(
        &self,
        token_hash: [u8; 32],
        purpose: &'static str,
        now: i64,
        does: LinkUse,
        event: SecurityEvent,
    ) -> Result<Option<Used>, StoreError> {
        let hooks = self.hooks.clone();
        self.writer
            .write(Durability::Full, move |connection| {
                Box::pin(async move {
                    let sql = "SELECT user_id FROM links WHERE token_hash = $1";
                    let owner: Option<Uuid> = on!(&mut *connection, c => {
                        sqlx::query_scalar(sql).bind(&token_hash[..]).fetch_optional(c).await?
                    });
                    // Before the link's row: whoever voids links has the user's.
                    lock_users(connection, owner.as_slice()).await?;
                    let sql = "UPDATE links SET used_at = $3
                               WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 RETURNING user_id, mail_id";
                    let link: Option<(Uuid, Uuid)> = on!(&mut *connection, c => {
                        sqlx::query_as(sql).bind(&token_hash[..]).bind(purpose).bind(now).fetch_optional(c).await?
                    });
                    let Some((user_id, mail)) = link else { return Ok(None) };
                    let ended = carry_out(connection, user_id, mail, does, &hooks, now).await?;
                    insert_event(connection, &SecurityEvent { user_id: Some(user_id), ..event }).await?;
                    Ok(Some(Used { user_id, ended }))
                })
            })
            .await
    }
}

async fn carry_out(
    connection: &mut Connection,
    user: Uuid,
    mail: Uuid,
    does: LinkUse,
    hooks: &Hooked,
    now: i64,
) -> Result<Gone, StoreError> {
    match does {
        LinkUse::Password { hash, ending } => {
            // The mail came to the address: so it is theirs.
            let sql = "UPDATE users SET email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1";
            on!(&mut *connection, c => sqlx::query(sql).bind(user).bind(now).execute(c).await.map(drop)?);
            update_password(connection, user, &hash).await?;
            void_asked(connection, user, now).await?;
            end_all_but(connection, user, None, &ending).await.map(Gone::All)
        }
        LinkUse::Verify { email } => {
            let sql = "UPDATE users SET email_verified_at = $3 WHERE id = $1 AND email = $2";
            on!(connection, c => sqlx::query(sql).bind(user).bind(email).bind(now).execute(c).await.map(drop)?);
            Ok(Gone::These(Vec::new()))
        }
        LinkUse::Email { new, kept_until } => {
            let (old, was_theirs) = address_of(connection, user).await?;
            move_to_address(connection, user, &new, hooks, now).await?;
            void_asked(connection, user, now).await?;
            // Nobody has shown that the old one is theirs: it may be a stranger's, who wants no mail and may need it.
            give_up_address(connection, &old, was_theirs.then_some(kept_until)).await?;
            if was_theirs {
                let letter = crate::server::mail::Letter::EmailChanged { old: old.clone(), new, at: now };
                let mail = NewMail { user_id: Some(user), address: Some(old), letter, at: now };
                insert_mail(connection, &mail).await?;
            }
            Ok(Gone::These(Vec::new()))
        }
        LinkUse::EmailBack { old, ending, lock } => {
            let (left, _) = address_of(connection, user).await?;
            move_to_address(connection, user, &old, hooks, now).await?;
            if left != old {
                give_up_address(connection, &left, None).await?;
            }
            void_since(connection, user, mail, now).await?;
            lock_password(connection, user, &lock, now).await?;
            end_all_but(connection, user, None, &ending).await.map(Gone::All)
        }
        LinkUse::NotMe { since, session, ending, lock } => {
            lock_password(connection, user, &lock, now).await?;
            tell_operators(connection, user, since, now).await?;
            end_since(connection, user, since, session, None, &ending).await.map(Gone::These)
        }
    }
}

/// The address of an account, and whether a link in a mail has shown that it is theirs.
async fn address_of(connection: &mut Connection, user: Uuid) -> Result<(String, bool), StoreError> {
    let sql = "SELECT email, email_verified_at IS NOT NULL FROM users WHERE id = $1";
    Ok(on!(connection, c => sqlx::query_as(sql).bind(user).fetch_one(c).await?))
}

/// Errors: [`StoreError::EmailTaken`].
async fn move_to_address(
    connection: &mut Connection,
    user: Uuid,
    email: &str,
    hooks: &Hooked,
    now: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE users SET email = $2, email_verified_at = $3 WHERE id = $1";
    on!(&mut *connection, c => sqlx::query(sql).bind(user).bind(email).bind(now).execute(c).await.map(drop)?);
    take_address(connection, email, user, now).await?;
    hooks.email_changed(connection, user, email).await
}

async fn lock_password(connection: &mut Connection, user: Uuid, lock: &Lock, now: i64) -> Result<(), StoreError> {
    update_password(connection, user, &lock.hash).await?;
    void_asked(connection, user, now).await?;
    insert_link(connection, &lock.next).await
}

async fn insert_link(connection: &mut Connection, link: &NewLink) -> Result<(), StoreError> {
    let sql = "INSERT INTO links (token_hash, mail_id, user_id, purpose, detail, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    on!(connection, c => {
        let insert = sqlx::query(sql).bind(&link.token_hash[..]).bind(link.mail_id).bind(link.user_id).bind(link.purpose);
        insert.bind(&link.detail).bind(link.created_at).bind(link.expires_at).execute(c).await?;
    });
    Ok(())
}
