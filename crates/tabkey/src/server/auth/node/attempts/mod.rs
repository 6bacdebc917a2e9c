//! How often somebody may try a password: counted in the database before it is looked at. Strangers have one count for an
//! account, each device that the account knows has its own: no stranger shuts it. Runs in: the server.

mod networks;
mod schedule;

use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;

use super::state::Auth;
use crate::server::{
    auth::caller::{self, UNKNOWN_ADDRESS, Visitor},
    store::{
        AttemptRow, Delayed, Key, Keys, SecurityEvent, SecurityEventKind, StoreError, UserRow, Windowed, WrongPassword,
    },
};
use networks::networks;
pub use schedule::MOST_IN_A_ROW;
use tabkey_core::{Email, Error};

/// Passwords of one account that are looked at within the window, right or wrong, by whomever: so many times what an address
/// may try. Each is a hash.
const HASHES: i64 = 4;
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
    counted: Option<Counted>,
    in_a_row: i64,
    is_known: bool,
    /// Whether the password was looked at: where it was, a failure afterwards gives no try back.
    was_looked_at: AtomicBool,
}

struct Counted {
    delayed: Delayed,
    networks: Vec<Windowed>,
    hashes: Windowed,
}

/// Counts a try for an account before its password is looked at; `known` is the session of the account that the request
/// carries. Errors: 429, whether or not there is such an account; 503.
pub async fn begin(auth: &Auth, visitor: &Visitor, email: &Email, known: Option<Uuid>) -> Result<Ticket, Error> {
    let limits = &auth.config.limits;
    let was_looked_at = AtomicBool::new(false);
    if !limits.enabled {
        return Ok(Ticket { counted: None, in_a_row: 0, is_known: true, was_looked_at });
    }
    let own = known.map(|session| Key::new("session", session.as_bytes())).or_else(|| by_mail(visitor, email));
    let strangers = Key::account(email.as_str());
    let free = i64::from(limits.sign_in_per_account);
    let limit = i64::from(limits.sign_in_per_address) * HASHES;
    let hashes = Windowed { key: Key::new("hashes", email.as_str().as_bytes()), limit };
    let networks = networks(visitor.address, limits.sign_in_per_address);
    let keys = [own, Some(strangers), Some(hashes.key), key(&networks, 0), key(&networks, 1)];
    let rows = find(auth, keys).await?;
    // A device that guessed itself out, or was wrong a hundred times in a row, goes on as a stranger: somebody else may
    // hold a copy of its token, and shuts its owner out of nothing that strangers cannot.
    let is_known = own.is_some_and(|own| match rows.iter().find(|row| row.is(own)) {
        None => known.is_some(),
        Some(row) => {
            let is_there = known.is_some() || row.known_until.is_some_and(|until| until > row.now);
            is_there && row.in_a_row < MOST_IN_A_ROW && schedule::delayed_waits(row, free) == 0
        }
    });
    let (key, networks) = match own.filter(|_| is_known) {
        Some(own) => (own, Vec::new()),
        None => (strangers, networks),
    };
    let delayed = Delayed { key, free };
    let windows: Vec<Windowed> = networks.iter().copied().chain([hashes]).collect();
    let mut refused = wait(&rows, &windows, Some(delayed));
    if refused.is_none() {
        if let Some(in_a_row) = auth.store.take_attempt(windows.clone(), Some(delayed)).await? {
            let counted = Some(Counted { delayed, networks, hashes });
            return Ok(Ticket { counted, in_a_row, is_known, was_looked_at });
        }
        refused = wait(&find(auth, keys).await?, &windows, Some(delayed));
    }
    Err(refuse(auth, visitor, refused, Some(email)).await)
}

/// Counts a try from an address, where it is about no account's password. Errors: 429, 503.
pub async fn from_address(auth: &Auth, visitor: &Visitor) -> Result<(), Error> {
    let limits = &auth.config.limits;
    if !limits.enabled {
        return Ok(());
    }
    let networks = networks(visitor.address, limits.sign_in_per_address);
    let keys = [key(&networks, 0), key(&networks, 1), None, None, None];
    let mut refused = wait(&find(auth, keys).await?, &networks, None);
    if refused.is_none() {
        if auth.store.take_attempt(networks.clone(), None).await?.is_some() {
            return Ok(());
        }
        refused = wait(&find(auth, keys).await?, &networks, None);
    }
    Err(refuse(auth, visitor, refused, None).await)
}

fn key(windows: &[Windowed], at: usize) -> Option<Key> {
    windows.get(at).map(|window| window.key)
}

/// Whoever set a new password by a link in a mail gets in where they did it, however many strangers go on guessing.
/// Errors: 503.
pub async fn know_by_mail(auth: &Auth, visitor: &Visitor, email: &Email) -> Result<(), Error> {
    match by_mail(visitor, email) {
        Some(place) if auth.config.limits.enabled => Ok(auth.store.create_attempts(place, BY_MAIL).await?),
        _ => Ok(()),
    }
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

    /// A hash was compared.
    pub fn was_looked_at(&self) {
        self.was_looked_at.store(true, Ordering::Relaxed);
    }

    /// Puts a wrong password on record; the hundredth in a row disables it for strangers. Errors: 503.
    pub async fn note_wrong(&self, auth: &Auth, user: Option<UserRow>, event: SecurityEvent) -> Result<(), Error> {
        let is_last = !self.is_known && self.in_a_row >= MOST_IN_A_ROW;
        let wrong = WrongPassword {
            key: self.counted.as_ref().map(|counted| counted.delayed.key),
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

    /// What became of the try: right, it was no guess; not looked at, it was none either, but for the network that it came
    /// from; else it stays counted. `counts` is false for a right password that nobody gives more often than they have to.
    pub async fn settle<T>(self, auth: &Auth, outcome: &Result<T, Error>, counts: bool) {
        let Some(Counted { delayed, mut networks, hashes }) = self.counted else { return };
        let settled = match outcome {
            Ok(_) => {
                networks.extend(Some(hashes).filter(|_| !counts));
                auth.store.clear_attempts(networks, delayed.key, self.is_known).await
            }
            Err(_) if !self.was_looked_at.into_inner() => auth.store.undo_attempt(vec![hashes], delayed.key).await,
            Err(_) => Ok(()),
        };
        if let Err(error) = settled {
            tracing::warn!(?error, "a try that was none stays counted for a while");
        }
    }
}

/// Where whoever set a new password by mail is: nowhere, where a proxy cannot tell.
fn by_mail(visitor: &Visitor, email: &Email) -> Option<Key> {
    let place = key(&networks(visitor.address, 1), 0)?;
    (visitor.address != UNKNOWN_ADDRESS).then(|| Key::of_place(place, email.as_str()))
}

/// Errors: 503.
async fn find(auth: &Auth, keys: Keys) -> Result<Vec<AttemptRow>, Error> {
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

fn wait(rows: &[AttemptRow], windows: &[Windowed], delayed: Option<Delayed>) -> Option<Refused<'static>> {
    let row = |key| rows.iter().find(|row| row.is(key)).cloned();
    let of_windows = windows.iter().filter_map(|of| {
        let row = row(of.key)?;
        Some(Refused { wait: schedule::windowed_waits(&row, of.limit), row, key: of.key, what: "address" })
    });
    let of_delayed = delayed.and_then(|of| {
        let row = row(of.key)?;
        Some(Refused { wait: schedule::delayed_waits(&row, of.free), row, key: of.key, what: "account" })
    });
    of_windows.chain(of_delayed).filter(|refused| refused.wait > 0).max_by_key(|refused| refused.wait)
}

/// The log is told once within the window for each count: strangers cannot fill it.
async fn refuse(auth: &Auth, visitor: &Visitor, refused: Option<Refused<'_>>, email: Option<&Email>) -> Error {
    // Between two looks its time came.
    let Some(refused) = refused else { return Error::TooManyAttempts { retry_after: 1 } };
    if schedule::may_tell(&refused.row)
        && let Err(error) = tell(auth, visitor, &refused, email).await
    {
        tracing::warn!(?error, "a refusal is not on record");
    }
    Error::TooManyAttempts { retry_after: schedule::seconds(refused.wait) }
}

async fn tell(auth: &Auth, visitor: &Visitor, of: &Refused<'_>, email: Option<&Email>) -> Result<(), StoreError> {
    let user = match email {
        Some(email) => auth.store.find_user_by_email(email.as_str()).await?,
        None => None,
    };
    let event = caller::event(visitor, SecurityEventKind::SignInRefused, user.map(|user| user.id), None);
    auth.store.note_refusal(of.key, SecurityEvent { detail: Some(of.what.into()), ..event }).await
}
