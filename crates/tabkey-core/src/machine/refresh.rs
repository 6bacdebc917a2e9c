//! The one call that brings a token: when it is made, and what its answer means. Runs in: the browser, and in the model.

use uuid::Uuid;

use super::{
    By, Effect, Millis, Peer, Phase, Refresh, Refused, State, Token, ask::ask, cover, leaving::over, streaming,
};
use crate::Error;

/// What a token is worth, and how long.
pub(super) struct Times {
    pub life: Millis,
    /// Until the session's end.
    pub left: Millis,
    pub jitter: u16,
}

pub(super) fn refreshed(
    state: &mut State,
    session: Uuid,
    generation: u32,
    times: Times,
    now: Millis,
    effects: &mut Vec<Effect>,
) {
    state.refresh = Refresh::Idle;
    match state.phase {
        // Another tab has signed in, and this one asked because of it.
        Phase::SignedOut(_) if state.invited && state.left != Some(session) => {
            effects.push(Effect::KeepReason(None));
            came(state, session, generation, times, now, effects);
        }
        // Signed out while the call was under way: its reply may have set the cookies again, and only the server can
        // take them back, even where it has heard of the sign-out before.
        Phase::SignedOut(_) if state.left.is_none_or(|left| left == session) => {
            effects.extend([Effect::SendSignOut(Some(session)), Effect::DropToken]);
        }
        // Somebody has signed in since, in another tab: their session is not ours to end. Nor may anything on this page be sent
        // under a session that the page does not belong to.
        Phase::SignedOut(_) => reload(state, effects),
        Phase::SignedIn { session: page } if page != session => reload(state, effects),
        Phase::SignedIn { .. } | Phase::Unknown => came(state, session, generation, times, now, effects),
    }
}

/// The page belongs to somebody else now: nothing happens to it any more, and the next one begins anew.
pub(super) fn reload(state: &mut State, effects: &mut Vec<Effect>) {
    effects.push(Effect::DropToken);
    // Elsewhere a page's end would be its session's.
    if state.profile.keeps_cookies() {
        streaming::close(state, effects);
        state.is_begun = false;
        effects.push(Effect::Reload);
    }
}

fn came(state: &mut State, session: Uuid, generation: u32, times: Times, now: Millis, effects: &mut Vec<Effect>) {
    state.phase = Phase::SignedIn { session };
    granted(state, times, now, effects);
    // 0 where the token does not say.
    let is_late = (1..state.newest).contains(&generation);
    if is_late || std::mem::take(&mut state.rotates_again) {
        // A late reply has put an older cookie into the jar than another tab got since: asked again at once, the server still
        // takes it for one that raced, and answers the newest. Or it was asked for before the session was to move on.
        ask(state, By::Tab, now, effects);
    }
    if !is_late {
        state.newest = state.newest.max(generation);
        state.tell(Peer::Refreshed { session, generation }, effects);
    }
}

/// A live token came.
pub(super) fn granted(state: &mut State, times: Times, now: Millis, effects: &mut Vec<Effect>) {
    let Times { life, left, jitter } = times;
    state.tokens += 1;
    let mut token =
        Token { serial: state.tokens, granted_at: now, life, granted_for: life, last: left <= life, renew_at: 0 };
    token.renew_at = token.renewal_at(jitter);
    state.token = Some(token);
    state.tries = Default::default();
    state.trouble = None;
    state.is_stale = false;
    state.invited = false;
    state.doubted_at = None;
    cover::lift(state);
    streaming::hasten(state, now);
    effects.push(Effect::KeepToken);
}

pub(super) fn failed(state: &mut State, error: Error, jitter: u16, now: Millis, effects: &mut Vec<Effect>) {
    let Refresh::Asking { page, by, .. } = std::mem::replace(&mut state.refresh, Refresh::Idle) else { return };
    // What is told of a session that the page no longer belongs to says nothing about the present one.
    let is_out = matches!(state.phase, Phase::SignedOut(_)) && !state.invited;
    if is_out || page != state.session() {
        return;
    }
    let ended = match &error {
        Error::SessionEnded(ended) => Some(Some(ended.clone())),
        // No cookie, or one that is not ours: there is no session to speak of.
        Error::TokenInvalid | Error::TokenMissing => Some(None),
        _ => None,
    };
    match ended {
        // Whoever signed in elsewhere is gone again.
        Some(_) if state.invited => state.invited = false,
        Some(ended) => over(state, ended, effects),
        // Not a definite answer: the session stays, and so does a token that still lives.
        None => {
            let (until, told) = state.tries.failed(by, &error, jitter, now);
            state.refresh = Refresh::Waiting { until, told };
            state.trouble = Some(error).filter(|_| !state.invited);
            cover::lift(state);
        }
    }
}

/// A call that was sent with a token of `session` was refused. What another session was told says nothing about this one.
pub(super) fn refused(
    state: &mut State,
    session: Uuid,
    serial: u64,
    why: Refused,
    now: Millis,
    effects: &mut Vec<Effect>,
) {
    if state.session() != Some(session) {
        return;
    }
    match why {
        Refused::Ended(ended) => over(state, Some(ended), effects),
        Refused::NeedsNewToken if state.token.is_some_and(|token| token.serial == serial) => {
            // Its serial stays known; only its life is over.
            end_token(state, now);
            let by = state.by(now);
            ask(state, by, now, effects);
        }
        Refused::NeedsNewToken => {}
    }
}

/// The token no longer says the truth. Whoever looks at the page sees the new state; a hidden tab asks when it is shown.
pub(super) fn stale(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    state.is_stale = true;
    end_token(state, now);
    if state.visible {
        ask(state, By::Tab, now, effects);
    }
}

/// The session is to move on, so that what was copied of it before is worth nothing: also where a call is under way that was
/// made before.
pub(super) fn rotate(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    state.rotates_again = state.is_asking();
    ask(state, By::Person, now, effects);
}

/// The page is looked at: renewed is what was not renewed while nobody did.
pub(super) fn looked_at(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    let is_due = state.token.is_some_and(|token| now >= token.renew_at);
    let is_stuck = state.phase == Phase::Unknown || state.trouble.is_some();
    if (state.session().is_some() && (is_due || state.is_stale)) || is_stuck {
        ask(state, By::Person, now, effects);
    }
}

/// What is due by the clock.
pub(super) fn due(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    match state.refresh {
        Refresh::Waiting { until, .. } if now >= until => {
            state.refresh = Refresh::Idle;
            ask(state, By::Tab, now, effects);
        }
        Refresh::Idle
            if state.visible && state.session().is_some() && state.token.is_some_and(|token| now >= token.renew_at) =>
        {
            ask(state, By::Tab, now, effects);
        }
        _ => {}
    }
}

fn end_token(state: &mut State, now: Millis) {
    if let Some(token) = &mut state.token {
        token.life = token.life.min(now.saturating_sub(token.granted_at));
        token.renew_at = token.renew_at.min(now);
    }
}
