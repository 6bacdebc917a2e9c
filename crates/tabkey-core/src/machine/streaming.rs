//! When the event stream is opened and closed, and what is made up for. Runs in: the browser, and in the model.

use uuid::Uuid;

use super::{
    By, Effect, Millis, Other, Peer, State, StreamState,
    ask::ask,
    cover,
    stream::{AT_ONCE, DEAF, OPENING, SILENCE},
    tries::pause,
};

/// A page that is loaded anew at once asks for no token and for no stream.
const SETTLE: Millis = 1_500;
/// Whoever holds a stream has answered by then who it is.
const ANSWER: Millis = 100;
/// Between two looks of a tab for which there is no stream.
const LOOK_EVERY: Millis = 20_000;
/// Between two openings that something asked for: an answer that came, a person who looks, the network's return.
const BETWEEN: Millis = 5_000;
/// The first and the longest pause before a stream is opened anew.
const FIRST: Millis = 500;
const LONGEST: Millis = 60_000;

/// A page begins.
pub(super) fn settle_in(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    state.stream.has_gap = true;
    state.stream.state = StreamState::Waiting { until: now + SETTLE, is_firm: false };
    if state.stream.exists {
        effects.push(Effect::Tell(Peer::Asking));
    }
}

/// Another tab asks who holds a stream.
pub(super) fn asked(state: &State, effects: &mut Vec<Effect>) {
    if let StreamState::Open { .. } = state.stream.state {
        tell(state, effects);
    }
}

/// Asked after every event: is a stream to be opened, or closed?
pub(super) fn settle(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    state.stream.others.retain(|other| now < other.heard_at + DEAF);
    state.stream.has_gap = state.is_deaf(now);
    if !state.wants_stream(now) {
        return close(state, effects);
    }
    // Another session's.
    if state.stream.is_held() && state.stream.session != state.session() {
        close(state, effects);
    }
    let carried_until = state.carried_until();
    match state.stream.state {
        StreamState::Off => {
            state.stream.state = StreamState::Waiting { until: now + ANSWER, is_firm: true };
            effects.push(Effect::Tell(Peer::Asking));
        }
        // Both hold one: the other goes on.
        StreamState::Open { .. } | StreamState::Opening { .. } if carried_until.is_some() => let_go(state, effects),
        StreamState::Opening { since } if now >= since + OPENING => return lost(state, 0, 0, now, effects),
        StreamState::Open { heard_at } if now >= heard_at + SILENCE => return lost(state, 0, 0, now, effects),
        StreamState::Opening { .. } | StreamState::Open { .. } => return,
        StreamState::Waiting { .. } => {}
    }
    if let Some(until) = carried_until {
        state.stream.state = StreamState::Waiting { until, is_firm: false };
        return made_up(state, false, effects);
    }
    let StreamState::Waiting { until, .. } = state.stream.state else { return };
    if now < until {
        return;
    }
    if state.usable_token(now).is_none() {
        return ask(state, By::Tab, now, effects);
    }
    state.stream.state = StreamState::Opening { since: now };
    state.stream.opened += 1;
    state.stream.opened_at = Some(now);
    state.stream.session = state.session();
    effects.push(Effect::OpenStream(state.stream.opened));
}

/// The server hears this tab, and has let it in: the session lives, and its token is no staler than the answer.
pub(super) fn opened(state: &mut State, stream: u64, now: Millis, effects: &mut Vec<Effect>) {
    if stream != state.stream.opened || !matches!(state.stream.state, StreamState::Opening { .. }) {
        return;
    }
    state.stream.failures = 0;
    made_up(state, true, effects);
    if state.is_crowded() {
        return look_again(state, now, effects);
    }
    state.stream.state = StreamState::Open { heard_at: now };
    tell(state, effects);
}

/// There is no stream for this tab: what was asked for was answered, and is asked for again later.
fn look_again(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    let_go(state, effects);
    state.stream.has_gap = true;
    state.stream.state = StreamState::Waiting { until: now + LOOK_EVERY, is_firm: false };
}

/// Something came, if only a sign of life.
pub(super) fn said(state: &mut State, stream: u64, now: Millis, effects: &mut Vec<Effect>) {
    if stream != state.stream.opened || !matches!(state.stream.state, StreamState::Open { .. }) {
        return;
    }
    state.stream.state = StreamState::Open { heard_at: now };
    tell(state, effects);
}

/// It ended, or did not come to be. `told` is what the server said to wait, in milliseconds.
pub(super) fn closed(
    state: &mut State,
    stream: u64,
    told: Millis,
    jitter: u16,
    now: Millis,
    effects: &mut Vec<Effect>,
) {
    if stream == state.stream.opened && state.stream.is_held() {
        lost(state, told, jitter, now, effects);
    }
}

fn lost(state: &mut State, told: Millis, jitter: u16, now: Millis, effects: &mut Vec<Effect>) {
    let_go(state, effects);
    // Full jitter, so that the tabs of a restarted node do not come all at once.
    state.stream.failures = (state.stream.failures + 1).min(16);
    let wait = pause(state.stream.failures, FIRST, LONGEST, jitter).max(FIRST / 4).max(told);
    state.stream.state = StreamState::Waiting { until: now + wait, is_firm: told > 0 };
    state.stream.has_gap = true;
    // No answer is to be had.
    cover::lift(state);
}

/// Another tab holds a stream.
pub(super) fn heard(state: &mut State, session: Uuid, tab: u32, now: Millis, effects: &mut Vec<Effect>) {
    state.stream.others.retain(|other| other.tab != tab);
    state.stream.others.push(Other { tab, session, heard_at: now });
    state.stream.others.sort_unstable_by_key(|other| other.tab);
    let StreamState::Open { .. } = state.stream.state else { return };
    if tab > state.stream.number && (state.profile.keeps_cookies() || state.stream.others.len() >= AT_ONCE) {
        // It is the other's turn to close its own: it has not heard of this one.
        tell(state, effects);
    } else if !state.profile.keeps_cookies() && state.is_crowded() {
        look_again(state, now, effects);
    }
}

/// Another tab holds its stream no longer.
pub(super) fn fell_silent(state: &mut State, tab: u32, now: Millis) {
    state.stream.others.retain(|other| other.tab != tab);
    hasten(state, now);
}

/// A call was answered: the server can be reached.
pub(super) fn answered(state: &mut State, now: Millis) {
    if !state.is_crowded() {
        hasten(state, now);
    }
}

/// Something says that it matters now: a stream that only waits is opened.
pub(super) fn hasten(state: &mut State, now: Millis) {
    if let StreamState::Waiting { until, is_firm: false } = state.stream.state {
        let at = state.stream.opened_at.map_or(now, |at| now.max(at + BETWEEN));
        state.stream.state = StreamState::Waiting { until: until.min(at), is_firm: false };
    }
}

/// After a sleep whatever was open is dead, whoever held it.
pub(super) fn slept(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    close(state, effects);
    state.stream.others.clear();
    state.stream.has_gap = true;
    state.stream.opened_at = None;
    state.stream.state = StreamState::Waiting { until: now, is_firm: false };
}

pub(super) fn close(state: &mut State, effects: &mut Vec<Effect>) {
    if state.stream.is_held() {
        let_go(state, effects);
        state.stream.has_gap = true;
        state.stream.failures = 0;
        // What a person comes back to is opened at once.
        state.stream.opened_at = None;
    }
    state.stream.state = StreamState::Off;
}

/// The others are told: one of them may be waiting for it.
fn let_go(state: &State, effects: &mut Vec<Effect>) {
    effects.push(Effect::CloseStream);
    if let StreamState::Open { .. } = state.stream.state {
        effects.push(Effect::Tell(Peer::Silent { tab: state.stream.number }));
    }
}

/// What happened in a gap is asked for: a role that changed, or a session that ended, was told as the stream was opened.
fn made_up(state: &mut State, tells: bool, effects: &mut Vec<Effect>) {
    cover::lift(state);
    let Some(session) = state.session().filter(|_| std::mem::take(&mut state.stream.has_gap)) else { return };
    effects.push(Effect::DevicesChanged);
    if tells {
        state.tell(Peer::DevicesChanged { session }, effects);
    }
}

/// In every profile: it says how many streams there are, and no more.
fn tell(state: &State, effects: &mut Vec<Effect>) {
    if let Some(session) = state.session() {
        effects.push(Effect::Tell(Peer::Listening { session, tab: state.stream.number }));
    }
}
