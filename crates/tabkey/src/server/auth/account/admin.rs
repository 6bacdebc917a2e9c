//! What an admin sees, accounts, who is here now, and what happened; and what they do, as the command line does it. Runs in:
//! the server.

use uuid::Uuid;

use super::users::{self, Actor};
use crate::server::{
    auth::{
        caller::{SignedIn, Visitor},
        node::Auth,
        session::devices,
    },
    clock,
    store::{AccountRow, LogRow, Page, Prefix, SecurityEventKind},
};
use tabkey_core::{AccountDetails, AccountLine, Accounts, Email, Error, FieldError, Log, LogLine, Minute, Overview};

/// Rows of a page.
const PAGE: i64 = 50;
/// Lines of the log on an account's page.
const LAST_LINES: i64 = 20;
/// People shown as online, and counted at most.
const ONLINE: i64 = 20;
const MOST_ONLINE: i64 = 10_000;
/// Milliseconds within which a session was used by somebody who is here now.
const HERE: i64 = 5 * 60_000;
/// Minutes of the chart.
const MINUTES: i64 = 30;
/// Characters of a search; no name begins with more.
const MAX_SEARCH: usize = 100;

/// A page of accounts whose address or name begins with `search`, sorted by `created`, `email` or `last_used`; `after` is
/// `next` of the page before. Errors: 422.
pub async fn accounts(auth: &Auth, search: &str, sort: &str, after: &str) -> Result<Accounts, Error> {
    let (now, prefix, limit) = (clock::now(), prefix(search)?, PAGE + 1);
    let id = || if after.is_empty() { Ok(None) } else { devices::parse_id("after", after).map(Some) };
    let mut rows = match sort {
        "" | "created" => auth.store.list_accounts_by_age(Page { after: id()?, limit }, prefix, now).await?,
        "email" => auth.store.list_accounts_by_email(Page { after: id()?, limit }, prefix, now).await?,
        "last_used" => {
            let after = if after.is_empty() { None } else { Some(use_and_id(after)?) };
            auth.store.list_accounts_by_use(Page { after, limit }, prefix, now).await?
        }
        _ => return Err(Error::field("sort", FieldError::Malformed)),
    };
    let next = next(&mut rows, |row| match sort {
        "last_used" => format!("{}.{}", row.last_used_at, row.id),
        _ => row.id.to_string(),
    });
    Ok(Accounts { accounts: rows.into_iter().map(account).collect(), next })
}

/// One account with its devices and its last lines of the log. Errors: 404, 422.
pub async fn details(auth: &Auth, me: &SignedIn, id: &str) -> Result<AccountDetails, Error> {
    let id = devices::parse_id("id", id)?;
    let now = clock::now();
    let row = auth.store.find_account(id, now).await?.ok_or(Error::NotFound)?;
    let devices = devices::list_of(auth, id, me.session_id).await?;
    let lines = auth.store.list_events(Page { after: None, limit: LAST_LINES }, None, Some(id)).await?;
    Ok(AccountDetails {
        sign_in_after: row.sign_in_after.map(clock::seconds),
        account: account(row),
        devices,
        log: lines.into_iter().map(line).collect(),
    })
}

/// Who is here now, and how busy the last half hour was.
pub async fn overview(auth: &Auth) -> Result<Overview, Error> {
    let now = clock::now();
    let online = auth.store.list_accounts_online(now - HERE, ONLINE, now).await?;
    let online_count = match online.len() as i64 {
        few if few < ONLINE => few,
        _ => auth.store.count_accounts_online(now - HERE, MOST_ONLINE).await?,
    };
    let this = now / 60_000;
    let first = this - MINUTES + 1;
    let mut minutes: Vec<Minute> =
        (first..=this).map(|minute| Minute { at: minute * 60, sign_ins: 0, refusals: 0 }).collect();
    for (minute, kind, count) in auth.store.count_events(first * 60_000).await? {
        let Some(place) = usize::try_from(minute - first).ok().and_then(|at| minutes.get_mut(at)) else { continue };
        let is = |kinds: &[SecurityEventKind]| kinds.iter().any(|one| one.as_str() == kind);
        if is(&[SecurityEventKind::SignedIn, SecurityEventKind::SignedUp]) {
            place.sign_ins += count;
        } else if is(&[SecurityEventKind::SignInFailed, SecurityEventKind::Reuse]) {
            place.refusals += count;
        }
    }
    Ok(Overview {
        at: clock::seconds(now),
        sessions: auth.live_sessions.get(auth.store.count_live_sessions(now)).await?,
        online_count,
        online: online.into_iter().map(account).collect(),
        minutes,
    })
}

/// A page of the log, the newest first: of one `kind`, about the person with the address `user`, or all. Errors: 422.
pub async fn log(auth: &Auth, kind: &str, user: &str, before: &str) -> Result<Log, Error> {
    let kind = Some(kind).filter(|kind| !kind.is_empty());
    if kind.is_some_and(|kind| kind.len() > 32 || !kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
        return Err(Error::field("kind", FieldError::Malformed));
    }
    let after = match before {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::field("after", FieldError::Malformed))?),
    };
    let user = match user {
        "" => None,
        text => match find(auth, text).await? {
            Some(id) => Some(id),
            None => return Ok(Log { lines: Vec::new(), next: None }),
        },
    };
    let mut rows = auth.store.list_events(Page { after, limit: PAGE + 1 }, kind, user).await?;
    let next = next(&mut rows, |row| row.id.to_string());
    Ok(Log { lines: rows.into_iter().map(line).collect(), next })
}

/// Errors, as of all that follow: 404, 422; `{"id":"yourself"}` for one's own.
pub async fn block(auth: &Auth, me: &SignedIn, visitor: &Visitor, id: &str) -> Result<u64, Error> {
    let user = users::find_by_id(auth, id).await?;
    Ok(users::block(auth, Actor::Admin(me, visitor), &user).await?.unwrap_or(0))
}

pub async fn unblock(auth: &Auth, me: &SignedIn, visitor: &Visitor, id: &str) -> Result<bool, Error> {
    let user = users::find_by_id(auth, id).await?;
    users::unblock(auth, Actor::Admin(me, visitor), &user).await
}

pub async fn sign_out(auth: &Auth, me: &SignedIn, visitor: &Visitor, id: &str) -> Result<u64, Error> {
    let user = users::find_by_id(auth, id).await?;
    users::sign_out(auth, Actor::Admin(me, visitor), &user).await
}

pub async fn sign_in_again(auth: &Auth, me: &SignedIn, visitor: &Visitor, id: &str) -> Result<(), Error> {
    let user = users::find_by_id(auth, id).await?;
    users::sign_in_again(auth, Actor::Admin(me, visitor), &user).await
}

pub async fn grant(auth: &Auth, me: &SignedIn, visitor: &Visitor, id: &str, role: &str) -> Result<bool, Error> {
    let user = users::find_by_id(auth, id).await?;
    users::grant(auth, Actor::Admin(me, visitor), &user, role).await
}

pub async fn revoke_role(auth: &Auth, me: &SignedIn, visitor: &Visitor, id: &str, role: &str) -> Result<bool, Error> {
    let user = users::find_by_id(auth, id).await?;
    users::revoke_role(auth, Actor::Admin(me, visitor), &user, role).await
}

/// By address or by id. Errors: 422.
async fn find(auth: &Auth, user: &str) -> Result<Option<Uuid>, Error> {
    if let Ok(id) = devices::parse_id("user", user) {
        return Ok(Some(id));
    }
    let email = Email::known(user.trim()).map_err(|_| Error::field("user", FieldError::Malformed))?;
    Ok(auth.store.find_user_by_email(email.as_str()).await?.map(|user| user.id))
}

/// Takes the one row too many away; where there is one, the key of the last that stays.
fn next<R>(rows: &mut Vec<R>, key: impl Fn(&R) -> String) -> Option<String> {
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    if rows.len() <= page {
        return None;
    }
    rows.truncate(page);
    rows.last().map(key)
}

/// `<milliseconds>.<id>`. Errors: 422.
fn use_and_id(after: &str) -> Result<(i64, Uuid), Error> {
    let malformed = || Error::field("after", FieldError::Malformed);
    let (at, id) = after.split_once('.').ok_or_else(malformed)?;
    Ok((at.parse().map_err(|_| malformed())?, devices::parse_id("after", id)?))
}

/// The databases' `lower` changes ASCII only: other letters are looked for as small ones, and with a capital in front.
fn prefix(search: &str) -> Result<Option<Prefix>, Error> {
    let low = search.trim().to_lowercase();
    if low.chars().count() > MAX_SEARCH {
        return Err(Error::field("search", FieldError::TooLong));
    }
    let mut letters = low.chars();
    let Some(first) = letters.next() else { return Ok(None) };
    let low_name = match first.is_ascii() {
        true => low.clone(),
        false => first.to_uppercase().chain(letters).collect(),
    };
    let end = |low: &str| format!("{low}{}", char::MAX);
    Ok(Some(Prefix { high: end(&low), high_name: end(&low_name), low, low_name }))
}

fn account(row: AccountRow) -> AccountLine {
    AccountLine {
        id: row.id,
        email: row.email,
        display_name: row.display_name,
        roles: row.roles.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        created_at: clock::seconds(row.created_at),
        last_used_at: clock::seconds(row.last_used_at),
        blocked_at: row.blocked_at.map(clock::seconds),
        sessions: row.sessions,
    }
}

fn line(row: LogRow) -> LogLine {
    LogLine {
        id: row.id,
        at: clock::seconds(row.at),
        kind: row.kind,
        user_id: row.user_id,
        email: row.email,
        actor: row.actor,
        device: row.device,
        address: row.address,
        detail: row.detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_a_range_in_either_case() {
        let prefix = |text: &str| prefix(text).unwrap();
        assert!(prefix("  ").is_none());
        let ann = prefix(" ANN").unwrap();
        assert!(ann.low.as_str() <= "ann@example.org" && "ann@example.org" < ann.high.as_str());
        assert!("anm" < ann.low.as_str() && ann.high.as_str() < "ano");
        assert_eq!(prefix("ärz").unwrap().low_name, "Ärz");
    }

    #[test]
    fn a_page_names_its_last_row_only_where_more_follow() {
        let mut rows: Vec<i64> = (0..PAGE).collect();
        assert_eq!(next(&mut rows, i64::to_string), None);
        rows.push(PAGE);
        assert_eq!(next(&mut rows, i64::to_string), Some((PAGE - 1).to_string()));
        assert_eq!(rows.len() as i64, PAGE);
    }
}
