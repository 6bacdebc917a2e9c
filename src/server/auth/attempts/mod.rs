//! How often somebody may try a password: counted in the database before it is looked at. Strangers have one count for an
//! account, each device that the account knows has its own: no stranger shuts it. Runs in: the server.

mod networks;
mod schedule;

use uuid::Uuid;

use super::{Auth, Visitor, clock, recognise::genuine, session};
use crate::{
    server::store::{Account, AttemptRow, Key, SecurityEvent, SecurityEventKind, StoreError, UserRow, WrongPassword},
    shared::{Email, Error},
};
use networks::networks;
use schedule::MOST_IN_A_ROW;

/// Right passwords of one account, or one device, within the window: so many times what an address may try. Each is a hash.
const RIGHTS: i64 = 4;
/// Milliseconds for which whoever set a new password by mail has a count of their own, where they did it: an hour.
const BY_MAIL: i64 = 3_600_000;
/// Milliseconds that the wrong passwords of an account stay on record, to be counted in a row: 30 days.
const KEEP: i64 = 30 * 86_400_000;
/// Counts that would be forgotten within a day: of accounts that are none, of networks. A flood leaves no more, and what a
/// minute brings.
const MOST_SHORT: i64 = 500_000;
/// Counts forgotten in one statement, and statements in one minute.
const BITE: i64 = 2_000;
const BITES: usize = 500;

/// One try, counted. What comes of it is said to [`Ticket::settle`]; without that it counts as wrong.
pub struct Ticket {
    account: Option<Account>,
    networks: Vec<crate::server::store::Network>,
    in_a_row: i64,
    is_known: bool,
}

/// Counts a try for an account before its password is looked at; `known` is the session of the account that the request
/// carries. Errors: 429, whether or not there is such an account; 503.
pub async fn begin(auth: &Auth, visitor: &Visitor, email: &Email, known: Option<Uuid>) -> Result<Ticket, Error> {
    let limits = &auth.config.limits;
    if !limits.enabled {
        return Ok(Ticket { account: None, networks: Vec::new(), in_a_row: 0, is_known: true });
    }
    let own = match known {
        Some(session) => Key::new("session", session.as_bytes()),
        None => by_mail(visitor, email),
    };
    let networks = networks(visitor.address, limits.sign_in_per_address);
    let strangers = Key::account(email.as_str());
    let keys = [Some(own), Some(strangers), networks.first().map(|of| of.key), networks.get(1).map(|of| of.key)];
    let rows = find(auth, keys).await?;
    let row = |key| rows.iter().find(|row| row.is(key));
    // A device that was wrong a hundred times in a row is a stranger's.
    let is_known = match row(own) {
        None => known.is_some(),
        Some(row) => row.in_a_row < MOST_IN_A_ROW && (known.is_some() || row.forget_at > row.now),
    };
    let account = Account {
        key: if is_known { own } else { strangers },
        free: i64::from(limits.sign_in_per_account),
        rights: i64::from(limits.sign_in_per_address) * RIGHTS,
    };
    let networks = if is_known { Vec::new() } else { networks };
    let mut refused = wait(&rows, &networks, Some(account));
    if refused.is_none() {
        if let Some(in_a_row) = auth.store.take_attempt(networks.clone(), Some(account)).await? {
            return Ok(Ticket { account: Some(account), networks, in_a_row, is_known });
        }
        refused = wait(&find(auth, keys).await?, &networks, Some(account));
    }
    Err(refuse(auth, visitor, refused, Some(email)).await?)
}

/// Counts a try from an address, where it is about no account's password. Errors: 429, 503.
pub async fn from_address(auth: &Auth, visitor: &Visitor) -> Result<(), Error> {
    let limits = &auth.config.limits;
    if !limits.enabled {
        return Ok(());
    }
    let networks = networks(visitor.address, limits.sign_in_per_address);
    let keys = [networks.first().map(|of| of.key), networks.get(1).map(|of| of.key), None, None];
    let mut refused = wait(&find(auth, keys).await?, &networks, None);
    if refused.is_none() {
        if auth.store.take_attempt(networks.clone(), None).await?.is_some() {
            return Ok(());
        }
        refused = wait(&find(auth, keys).await?, &networks, None);
    }
    Err(refuse(auth, visitor, refused, None).await?)
}

/// The session of this account that a request carries, by its refresh cookie or its bearer token. Errors: 503.
pub async fn known_session(auth: &Auth, visitor: &Visitor, email: &Email) -> Result<Option<Uuid>, Error> {
    let now = clock::now();
    let cookie = session::presented(auth, visitor.refresh_token.as_ref()).await?.map(|presented| presented.session);
    let bearer = match &visitor.bearer {
        Some(token) => genuine(auth, &token.0, now).await.ok().map(|claims| claims.sid),
        None => None,
    };
    for id in cookie.into_iter().chain(bearer) {
        if let Some(row) = session::find(auth, id).await?
            && row.email == email.as_str()
            && session::over(&row, now).is_none()
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Whoever set a new password by a link in a mail gets in where they did it, however many strangers go on guessing.
/// Errors: 503.
pub async fn know_by_mail(auth: &Auth, visitor: &Visitor, email: &Email) -> Result<(), Error> {
    if auth.config.limits.enabled {
        auth.store.create_attempts(by_mail(visitor, email), BY_MAIL).await?;
    }
    Ok(())
}

/// Forgets what can matter to nobody any more, and of a flood more than that.
pub async fn clean_up(auth: &Auth) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    for _ in 0..BITES {
        let dead = auth.store.delete_dead_attempts(BITE).await?;
        forgotten += dead;
        if dead < BITE.unsigned_abs() {
            break;
        }
    }
    let mut too_many = auth.store.count_short_attempts().await? - MOST_SHORT;
    for _ in 0..BITES {
        if too_many <= 0 {
            break;
        }
        forgotten += auth.store.delete_short_attempts(too_many.min(BITE)).await?;
        too_many -= BITE;
    }
    Ok(forgotten)
}

impl Ticket {
    /// Whether the right password opens this account here.
    pub fn opens(&self, user: &UserRow) -> bool {
        self.is_known || (user.password_disabled_at.is_none() && self.in_a_row <= MOST_IN_A_ROW)
    }

    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// Puts a wrong password on record; the hundredth in a row disables it for strangers. Errors: 503.
    pub async fn note_wrong(&self, auth: &Auth, user: Option<UserRow>, event: SecurityEvent) -> Result<(), Error> {
        let is_last = !self.is_known && self.in_a_row >= MOST_IN_A_ROW;
        let wrong = WrongPassword {
            key: self.account.map(|account| account.key),
            event,
            // Of an account that is none nobody can tell how many there were in a row.
            keep: if user.is_some() { KEEP } else { 0 },
            disable: user.filter(|_| is_last).map(|user| (user.id, user.password_hash)),
        };
        auth.store.save_wrong_password(wrong).await?;
        if is_last {
            auth.mail_waits.notify_one();
        }
        Ok(())
    }

    /// What became of the try: right, it was none; not looked at, it was none either; else it stays counted. `counts` is false
    /// for a right password that nobody gives more often than they have to.
    pub async fn settle<T>(self, auth: &Auth, outcome: &Result<T, Error>, counts: bool) {
        let key = self.account.map(|account| account.key);
        let settled = match outcome {
            _ if key.is_none() => Ok(()),
            Ok(_) => auth.store.clear_attempts(self.networks, key, counts).await,
            Err(Error::Busy { .. }) => auth.store.undo_attempt(self.networks, key).await,
            Err(_) => Ok(()),
        };
        if let Err(error) = settled {
            tracing::warn!(?error, "a try that was none stays counted for a while");
        }
    }
}

fn by_mail(visitor: &Visitor, email: &Email) -> Key {
    let place = networks(visitor.address, 1).first().map(|network| network.key);
    Key::new("mail", format!("{place:?} {}", email.as_str()).as_bytes())
}

/// Errors: 503.
async fn find(auth: &Auth, keys: [Option<Key>; 4]) -> Result<Vec<AttemptRow>, Error> {
    let rows = auth.store.find_attempts(keys).await?;
    if !rows.iter().any(schedule::is_ahead) {
        return Ok(rows);
    }
    auth.store.anchor_attempts(keys, i64::from(auth.config.limits.sign_in_per_account)).await?;
    Ok(auth.store.find_attempts(keys).await?)
}

/// A count that says no, and for how many milliseconds.
struct Refused<'a> {
    row: AttemptRow,
    key: Key,
    wait: i64,
    what: &'a str,
}

fn wait(
    rows: &[AttemptRow],
    networks: &[crate::server::store::Network],
    account: Option<Account>,
) -> Option<Refused<'static>> {
    let row = |key| rows.iter().find(|row| row.is(key)).cloned();
    let of_networks = networks.iter().filter_map(|of| {
        let row = row(of.key)?;
        Some(Refused { wait: schedule::network_waits(&row, of.limit), row, key: of.key, what: "address" })
    });
    let of_account = account.and_then(|of| {
        let row = row(of.key)?;
        Some(Refused { wait: schedule::account_waits(&row, of.free, of.rights), row, key: of.key, what: "account" })
    });
    of_networks.chain(of_account).filter(|refused| refused.wait > 0).max_by_key(|refused| refused.wait)
}

/// The log is told once within the window for each count: strangers cannot fill it. Errors: 503.
async fn refuse(
    auth: &Auth,
    visitor: &Visitor,
    refused: Option<Refused<'_>>,
    email: Option<&Email>,
) -> Result<Error, Error> {
    // Between two looks its time came.
    let Some(Refused { row, key, wait, what }) = refused else { return Ok(Error::TooManyAttempts { retry_after: 1 }) };
    if schedule::may_tell(&row) {
        let user = match email {
            Some(email) => auth.store.find_user_by_email(email.as_str()).await?,
            None => None,
        };
        let event = session::event(visitor, SecurityEventKind::SignInRefused, user.map(|user| user.id), None);
        auth.store.note_refusal(key, SecurityEvent { detail: Some(what.into()), ..event }).await?;
    }
    Ok(Error::TooManyAttempts { retry_after: schedule::seconds(wait) })
}
