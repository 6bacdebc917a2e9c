//! Refresh: carries out what `rotate` decided. Runs in: the server.

use super::{
    Auth, Granted, Visitor, clock,
    rotate::{Decision, rotate},
    session::{self, Grantee, ended},
};
use crate::{
    server::store::{SecurityEventKind, SessionRow},
    shared::{EndReason, Error},
};

/// Races lost in a row before a refresh calls the node busy. A loser's next look finds a token to repeat, so that one
/// round is the rule and two the exception.
const ROUNDS: usize = 8;

/// Answers the live generation's token, moving on where the table says so. Errors: 401 `token_missing` without exactly
/// one cookie, `token_invalid` for one that is not genuine, `session_ended`; 503.
pub async fn refresh(auth: &Auth, visitor: &Visitor) -> Result<Granted, Error> {
    let token = visitor.refresh_token.as_ref().ok_or(Error::TokenMissing)?;
    let presented = session::presented(auth, Some(token)).ok_or(Error::TokenInvalid)?;
    let leeway = clock::millis(auth.config.session.refresh_leeway);
    for _ in 0..ROUNDS {
        let row = auth.store.find_session(presented.session).await?.ok_or_else(unknown)?;
        let now = clock::now();
        let decision = rotate(&session::rotatable(&row), presented.generation, leeway, now);
        let generation = match decision {
            Decision::Ended(reason) => return Err(Error::SessionEnded(ended(&row, reason, now))),
            Decision::Over(reason) => {
                return Err(end(auth, visitor, &row, reason, SecurityEventKind::LimitReached, now).await?);
            }
            Decision::Repeat => u32::try_from(row.generation).unwrap_or(u32::MAX),
            Decision::Advance { to } => {
                if !auth.store.advance_session(row.id, row.generation, to, now, None).await? {
                    continue;
                }
                to
            }
            Decision::Heal { to } => {
                let event = session::event(visitor, SecurityEventKind::Healed, Some(row.user_id), Some(row.id));
                tracing::warn!(session = %row.id, "a refresh token is ahead of the database: believed");
                if !auth.store.advance_session(row.id, row.generation, to, now, Some(event)).await? {
                    continue;
                }
                to
            }
            Decision::Reuse => {
                tracing::warn!(session = %row.id, address = %visitor.address, "a refresh token was used twice: session ended");
                return Err(end(auth, visitor, &row, EndReason::Reuse, SecurityEventKind::Reuse, now).await?);
            }
        };
        metrics::counter!("tabkey_refreshes_total", "decision" => name(decision)).increment(1);
        return granted(auth, &row, generation, now).await;
    }
    Err(Error::busy())
}

async fn granted(auth: &Auth, row: &SessionRow, generation: u32, now: i64) -> Result<Granted, Error> {
    let user = auth.store.find_user(row.user_id).await?.ok_or_else(unknown)?;
    let claims_version = user.claims_version;
    let grantee = Grantee::existing(session::user(auth, user).await?, claims_version, row, generation);
    session::grant(auth, grantee, now)
}

/// Ends a session by itself and answers why; the next look tells, where somebody else was first.
async fn end(
    auth: &Auth,
    visitor: &Visitor,
    row: &SessionRow,
    reason: EndReason,
    kind: SecurityEventKind,
    now: i64,
) -> Result<Error, Error> {
    let ending = session::ending(auth, reason, None, now);
    let event = session::event(visitor, kind, Some(row.user_id), Some(row.id));
    metrics::counter!("tabkey_refreshes_total", "decision" => reason.as_str()).increment(1);
    if auth.store.end_session(row.id, None, ending.clone(), event).await? {
        session::announce(auth, [row.id], &ending);
        return Ok(Error::SessionEnded(ended(row, reason, now)));
    }
    let row = auth.store.find_session(row.id).await?.ok_or_else(unknown)?;
    let reason = session::rotatable(&row).ended.unwrap_or(reason);
    Ok(Error::SessionEnded(ended(&row, reason, now)))
}

/// A genuine token of a session that is no longer on record: it ran out long ago.
fn unknown() -> Error {
    Error::SessionEnded(crate::shared::Ended { reason: EndReason::Expired, at: clock::seconds(clock::now()), by: None })
}

fn name(decision: Decision) -> &'static str {
    match decision {
        Decision::Advance { .. } => "advance",
        Decision::Repeat => "repeat",
        Decision::Heal { .. } => "heal",
        Decision::Reuse | Decision::Ended(_) | Decision::Over(_) => "ended",
    }
}
