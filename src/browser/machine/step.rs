//! `step`: what a tab does about what happens to it. Runs in: the browser, and in the model.

use uuid::Uuid;

use super::{
    Effect, Event, Idle, Millis, Peer, Phase, Refresh, Refused, State, Token, alone, backoff,
    boot::boot,
    heard::heard,
    leaving::{answered, leave, over, tell_again},
};
use crate::shared::Error;

/// The whole decision. `now` is the monotonic clock; effects are to be carried out in order.
pub fn step(mut state: State, event: Event, now: Millis) -> (State, Vec<Effect>) {
    let mut effects = Vec::new();
    match event {
        Event::Boot { profile, at, drawn_for, hint, ended, sign_out_pending, idle_limit } => {
            state.profile = profile;
            state.began_at = at - i64::try_from(now / 1_000).unwrap_or(0);
            state.idle = drawn_for.map(|_| Idle::begin(idle_limit, now));
            boot(&mut state, drawn_for, hint, ended, sign_out_pending, now, &mut effects)
        }
        Event::SignedIn { session, life, left, idle_left, jitter } => {
            state.idle = Some(Idle::begin(idle_left, now));
            state.phase = Phase::SignedIn { session };
            state.newest = 0;
            state.left = None;
            // The sign-in ended the session whose cookie came with it.
            effects.extend(state.sign_out_pending.take().map(Effect::ForgetPendingSignOut));
            // An older call that is still under way stays one: a second must not start beside it.
            if !state.is_asking() {
                state.refresh = Refresh::Idle;
            }
            effects.extend([Effect::KeepReason(None), Effect::Tell(Peer::SignedIn { session })]);
            granted(&mut state, life, left, jitter, now, &mut effects);
        }
        Event::Refreshed { session, generation, life, left, idle_left, jitter } => {
            state.idle.get_or_insert(Idle::begin(idle_left, now)).hear(idle_left, now);
            refreshed(&mut state, session, generation, (life, left, jitter), now, &mut effects)
        }
        Event::SteppedUp { session, life, left, idle_left, jitter } if state.session() == Some(session) => {
            state.idle.get_or_insert(Idle::begin(idle_left, now)).hear(idle_left, now);
            // A refresh under way stays one: nothing was rotated.
            granted(&mut state, life, left, jitter, now, &mut effects);
        }
        Event::SteppedUp { .. } => {}
        Event::RefreshFailed { error, jitter } => refresh_failed(&mut state, error, jitter, now, &mut effects),
        Event::Wanted => {
            if state.wants_refresh(now) {
                ask(&mut state, now, &mut effects);
            }
        }
        Event::Refused { serial, why } => refused(&mut state, serial, why, now, &mut effects),
        Event::Timer => timer(&mut state, now, &mut effects),
        Event::Slept(slept) => {
            // As if the token had aged while the clock stood still; the next request renews it.
            if let Some(token) = &mut state.token {
                token.life = token.life.saturating_sub(slept);
            }
        }
        Event::Input => {
            if let (Some(session), Some(idle)) = (state.session(), &mut state.idle) {
                if idle.is_report_due(now) {
                    idle.used(now);
                    effects.extend([Effect::ReportUse, Effect::Tell(Peer::Used { session })]);
                } else if state.profile.asks_for_password() {
                    idle.touched(now);
                }
            }
        }
        Event::Tick => {
            alone::limits(&mut state, now, &mut effects);
            // The last use before a pause: where the tab's count decides, the server's must not run out before it.
            if let (Some(_), Some(idle)) = (state.session(), &mut state.idle)
                && idle.is_unreported()
                && idle.is_report_due(now)
            {
                idle.reported(now);
                effects.push(Effect::ReportUse);
            }
            // By our count it is over: the server says whether it is.
            if state.idle_warning(now) == Some(0) {
                state.idle = None;
                ask(&mut state, now, &mut effects);
            }
        }
        Event::Visible => {
            state.visible = true;
            alone::limits(&mut state, now, &mut effects);
            // A token that was not renewed while nobody looked.
            if state.session().is_some() && state.token.is_some_and(|token| now >= token.renewal_at(0)) {
                ask(&mut state, now, &mut effects);
            }
        }
        Event::Hidden => state.visible = false,
        Event::Offline => state.online = false,
        Event::Online { sign_out_pending } => {
            state.online = true;
            // What another profile left is told by nobody here, who lacks its cookie.
            let sign_out_pending = sign_out_pending.filter(|_| state.profile.keeps_cookies());
            tell_again(&mut state, sign_out_pending, &mut effects);
            if let Refresh::Waiting { .. } = state.refresh {
                state.refresh = Refresh::Idle;
                ask(&mut state, now, &mut effects);
            }
        }
        Event::Restored { hint } => {
            alone::limits(&mut state, now, &mut effects);
            // The page was frozen as it was then; the jar says how it is now.
            if hint != state.session() && state.profile.keeps_cookies() {
                effects.extend([Effect::DropToken, Effect::Reload]);
            } else if state.session().is_some() {
                effects.push(Effect::Listen);
            }
        }
        Event::Unloaded => alone::unloaded(&mut state, now, &mut effects),
        Event::Peer(_) if !state.profile.keeps_cookies() => {}
        Event::Peer(peer) => heard(&mut state, peer, now, &mut effects),
        Event::SessionEnded(ended) => {
            if state.session().is_some() {
                over(&mut state, Some(ended), &mut effects);
            }
        }
        Event::RolesChanged => {
            if let Some(session) = state.session() {
                effects.push(Effect::Tell(Peer::RolesChanged { session }));
                stale(&mut state, now, &mut effects);
            }
        }
        Event::DevicesChanged => {
            if let Some(session) = state.session() {
                effects.extend([Effect::DevicesChanged, Effect::Tell(Peer::DevicesChanged { session })]);
            }
        }
        Event::Rotate => {
            if state.session().is_some() {
                ask(&mut state, now, &mut effects);
            }
        }
        Event::SignOut => leave(&mut state, &mut effects),
        Event::SignOutAnswered { session, heard, jitter } => {
            answered(&mut state, session, heard, jitter, now, &mut effects);
        }
    }
    alone::keep_to_oneself(&mut state, &mut effects);
    (state, effects)
}

fn refreshed(
    state: &mut State,
    session: Uuid,
    generation: u32,
    (life, left, jitter): (Millis, Millis, u16),
    now: Millis,
    effects: &mut Vec<Effect>,
) {
    state.refresh = Refresh::Idle;
    match state.phase {
        // Signed out while the call was under way: its reply may have set the cookies again, and only the server can
        // take them back, even where it has heard of the sign-out before.
        Phase::SignedOut(_) if state.left.is_none_or(|left| left == session) => {
            effects.extend([Effect::DropToken, Effect::SendSignOut(Some(session))]);
        }
        // Somebody has signed in since, in another tab: their session is not ours to end.
        Phase::SignedOut(_) => effects.extend([Effect::DropToken, Effect::Reload]),
        // The jar holds somebody else's session: nothing on this page may be sent under it.
        Phase::SignedIn { session: page } if page != session => effects.extend([Effect::DropToken, Effect::Reload]),
        Phase::SignedIn { .. } | Phase::Unknown => {
            state.phase = Phase::SignedIn { session };
            granted(state, life, left, jitter, now, effects);
            // 0 where the token does not say.
            if (1..state.newest).contains(&generation) {
                // A late reply has put an older cookie into the jar than another tab got since. Asked again at once, the
                // server still takes it for one that raced, and answers the newest.
                ask(state, now, effects);
            } else {
                state.newest = state.newest.max(generation);
                effects.push(Effect::Tell(Peer::Refreshed { session, generation }));
            }
        }
    }
}

/// A live token came.
fn granted(state: &mut State, life: Millis, left: Millis, jitter: u16, now: Millis, effects: &mut Vec<Effect>) {
    let serial = state.token.map_or(1, |token| token.serial + 1);
    let token = Token { serial, granted_at: now, life, granted_for: life, last: left <= life };
    state.token = Some(token);
    state.failures.clear();
    state.trouble = None;
    let next = if state.profile.asks_for_password() { alone::sign_out_at(&token) } else { token.renewal_at(jitter) };
    effects.extend([Effect::SetTimer(next), Effect::Listen]);
}

fn refresh_failed(state: &mut State, error: Error, jitter: u16, now: Millis, effects: &mut Vec<Effect>) {
    let asked = std::mem::replace(&mut state.refresh, Refresh::Idle);
    // What is told of a session that the page no longer belongs to says nothing about the present one.
    let is_ours = matches!(asked, Refresh::Asking { page, .. } if page == state.session());
    if matches!(state.phase, Phase::SignedOut(_)) || !is_ours {
        return;
    }
    let ended = match &error {
        Error::SessionEnded(ended) => Some(Some(ended.clone())),
        // No cookie, or one that is not ours: there is no session to speak of.
        Error::TokenInvalid | Error::TokenMissing => Some(None),
        _ => None,
    };
    match ended {
        Some(ended) => over(state, ended, effects),
        // Not a definite answer: the session stays, and so does a token that still lives.
        None => {
            let (until, told) = backoff::next_try(state, &error, jitter, now);
            state.refresh = Refresh::Waiting { until, told };
            state.trouble = Some(error);
            effects.push(Effect::SetTimer(until));
        }
    }
}

fn refused(state: &mut State, serial: u64, why: Refused, now: Millis, effects: &mut Vec<Effect>) {
    let is_current = state.token.is_some_and(|token| token.serial == serial);
    match why {
        Refused::Ended(ended) if state.session().is_some() => over(state, Some(ended), effects),
        Refused::NeedsNewToken if is_current && state.session().is_some() => {
            // Its serial stays known; only its life is over.
            end_token(state, now);
            ask(state, now, effects);
        }
        _ => {}
    }
}

fn timer(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    alone::limits(state, now, effects);
    if let Phase::SignedOut(_) = state.phase {
        return tell_again(state, None, effects);
    }
    match state.refresh {
        Refresh::Waiting { until, .. } if now >= until => {
            state.refresh = Refresh::Idle;
            ask(state, now, effects);
        }
        Refresh::Waiting { until, .. } => effects.push(Effect::SetTimer(until)),
        // A hidden tab renews when it is shown again.
        Refresh::Idle if state.session().is_some() && state.visible => ask(state, now, effects),
        _ => {}
    }
}

/// The token no longer says the truth. Whoever looks at the page sees the new state; a hidden tab asks when it must.
pub(super) fn stale(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    end_token(state, now);
    if state.visible {
        ask(state, now, effects);
    }
}

fn end_token(state: &mut State, now: Millis) {
    if let Some(token) = &mut state.token {
        token.life = token.life.min(now.saturating_sub(token.granted_at));
    }
}

/// One call at a time, none against `Retry-After`, none past the budget.
pub(super) fn ask(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    let may = match state.refresh {
        Refresh::Asking { .. } => false,
        Refresh::Waiting { until, told } => now >= until || (!told && backoff::may_try(state, now)),
        Refresh::Idle => backoff::may_try(state, now),
    };
    if may && !matches!(state.phase, Phase::SignedOut(_)) && !state.profile.asks_for_password() {
        state.refresh = Refresh::Asking { page: state.session(), presented: state.newest };
        effects.push(Effect::AskRefresh);
    }
}
