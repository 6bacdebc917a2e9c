//! Refresh: carries out what `rotate` decided. Runs in: the server.

use super::{
    announce, genuine,
    grant::{self, Grantee},
    record::{self, ended},
};
use crate::server::{
    auth::{
        caller::{self, Granted, Visitor, refresh_token::Presented},
        node::Auth,
    },
    clock,
    store::{SecurityEventKind, SessionRow},
};
use tabkey_core::rotate::{Decision, rotate};
use tabkey_core::{EndReason, Error};

/// Races lost in a row before a refresh calls the node busy. A loser's next look finds a token to repeat, so that one
/// round is the rule and two the exception.
const ROUNDS: usize = 8;

/// Answers the live generation's token, moving on where the table says so. `field` is the form's refresh token, which the
/// profile `tab` has instead of the cookie; under `banking` there is none at all. Errors: 401 `token_missing` without
/// exactly one token, `token_invalid` for one that is not genuine, `session_ended`; 422, 503.
pub async fn refresh(auth: &Auth, visitor: &Visitor, field: String) -> Result<Granted, Error> {
    let token = genuine::refresh_token(auth, visitor, field)?.ok_or(Error::TokenMissing)?;
    let presented = genuine::presented(auth, Some(&token)).await?.ok_or(Error::TokenInvalid)?;
    let leeway = clock::millis(auth.config.session.refresh_leeway);
    if let Some(granted) = advance(auth, &presented).await? {
        return Ok(granted);
    }
    for _ in 0..ROUNDS {
        let row = record::find(auth, presented.session).await?.ok_or_else(record::unknown)?;
        let now = clock::now();
        let decision = rotate(&record::rotatable(&row), presented.generation, leeway, now);
        let generation = match decision {
            Decision::Ended(reason) => return Err(Error::SessionEnded(ended(&row, reason, now))),
            Decision::Over(reason) => {
                match end(auth, visitor, &row, reason, SecurityEventKind::LimitReached, now).await? {
                    Some(error) => return Err(error),
                    None => continue,
                }
            }
            Decision::Repeat => u32::try_from(row.generation).unwrap_or(u32::MAX),
            Decision::Retell => {
                if !auth.store.restart_leeway(row.id, row.generation, now).await? {
                    continue;
                }
                u32::try_from(row.generation).unwrap_or(u32::MAX)
            }
            Decision::Advance { to } => {
                if !auth.store.advance_session(row.id, row.generation, to, now, None).await? {
                    continue;
                }
                to
            }
            Decision::Heal { to } => {
                let event = caller::event(visitor, SecurityEventKind::Healed, Some(row.user_id), Some(row.id));
                tracing::warn!(session = %row.id, "a refresh token is ahead of the database: believed");
                if !auth.store.advance_session(row.id, row.generation, to, now, Some(event)).await? {
                    continue;
                }
                to
            }
            Decision::Reuse => match end(auth, visitor, &row, EndReason::Reuse, SecurityEventKind::Reuse, now).await? {
                Some(error) => return Err(error),
                None => continue,
            },
        };
        return granted(auth, decision, &row, generation, now);
    }
    Err(Error::busy())
}

/// The row "g = G" of the table, which is nearly every refresh, as the one statement that it is.
async fn advance(auth: &Auth, presented: &Presented) -> Result<Option<Granted>, Error> {
    let Some(next) = presented.generation.checked_add(1) else { return Ok(None) };
    let now = clock::now();
    let too_old = record::too_old(auth, now);
    let moved = auth.store.rotate_session(presented.session, presented.generation, next, too_old, now).await?;
    let moved = moved.map(|row| record::limited(auth, row));
    moved.map(|row| granted(auth, Decision::Advance { to: next }, &row, next, now)).transpose()
}

fn granted(auth: &Auth, decision: Decision, row: &SessionRow, generation: u32, now: i64) -> Result<Granted, Error> {
    metrics::counter!("tabkey_refreshes_total", "decision" => name(decision)).increment(1);
    grant::grant(auth, Grantee::existing(row, generation), now)
}

/// Ends a session by itself and answers why; `None` where it changed since it was looked at, and must be looked at again.
async fn end(
    auth: &Auth,
    visitor: &Visitor,
    row: &SessionRow,
    reason: EndReason,
    kind: SecurityEventKind,
    now: i64,
) -> Result<Option<Error>, Error> {
    let ending = record::ending(reason, None, now);
    let event = caller::event(visitor, kind, Some(row.user_id), Some(row.id));
    let Some(has_ended) = auth.store.end_session(row.id, Some(row.into()), ending.clone(), event).await? else {
        return Ok(None);
    };
    tracing::warn!(session = %row.id, address = %visitor.address, reason = reason.as_str(), "a session was ended at its refresh");
    metrics::counter!("tabkey_refreshes_total", "decision" => reason.as_str()).increment(1);
    announce::these(auth, [has_ended], &ending);
    Ok(Some(Error::SessionEnded(ended(row, reason, now))))
}

fn name(decision: Decision) -> &'static str {
    match decision {
        Decision::Advance { .. } => "advance",
        Decision::Repeat | Decision::Retell => "repeat",
        Decision::Heal { .. } => "heal",
        Decision::Reuse | Decision::Ended(_) | Decision::Over(_) => "ended",
    }
}
