//! `step`: what a tab does about what happens to it. Runs in: the browser, and in the model.

use super::{
    By, Effect, Event, Idle, Millis, Peer, Phase, Refresh, State, alone,
    ask::ask,
    boot::boot,
    cover, deadline,
    heard::heard,
    leaving::{answered, leave, over, tell_again},
    refresh::{self, Times, granted, stale},
    streaming,
};

/// The whole decision. `now` is the tab's clock; effects are to be carried out in order.
pub fn step(mut state: State, event: Event, now: Millis) -> (State, Vec<Effect>) {
    let mut effects = Vec::new();
    if state.is_begun || matches!(event, Event::Boot(_)) {
        decide(&mut state, event, now, &mut effects);
    }
    // Not for a page that is being drawn anew.
    if state.is_begun {
        streaming::settle(&mut state, now, &mut effects);
        deadline::set(&mut state, now, &mut effects);
    }
    (state, effects)
}

fn decide(state: &mut State, event: Event, now: Millis, effects: &mut Vec<Effect>) {
    match event {
        Event::Boot(page) => boot(state, page, now, effects),
        Event::SignedIn { session, life, left, idle_left, kept, jitter } => {
            state.forgets = state.profile.keeps_cookies() && !kept;
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
            effects.push(Effect::KeepReason(None));
            state.tell(Peer::SignedIn { session }, effects);
            granted(state, Times { life, left, jitter }, now, effects);
        }
        Event::Refreshed { session, generation, life, left, idle_left, kept, jitter } => {
            state.forgets = state.profile.keeps_cookies() && !kept;
            state.idle.get_or_insert(Idle::begin(idle_left, now)).hear(idle_left, now);
            refresh::refreshed(state, session, generation, Times { life, left, jitter }, now, effects);
        }
        // A refresh under way stays one: nothing was rotated.
        Event::SteppedUp { session, life, left, idle_left, jitter } => {
            if state.session() == Some(session) {
                state.idle.get_or_insert(Idle::begin(idle_left, now)).hear(idle_left, now);
                granted(state, Times { life, left, jitter }, now, effects);
            }
        }
        Event::RefreshFailed { error, jitter } => refresh::failed(state, error, jitter, now, effects),
        Event::Wanted => {
            if state.wants_refresh(now) {
                let by = state.by(now);
                ask(state, by, now, effects);
            }
        }
        Event::Refused { session, serial, why } => refresh::refused(state, session, serial, why, now, effects),
        Event::Answered => streaming::answered(state, now),
        Event::Timer => {
            // It runs no more.
            state.timer = None;
            alone::limits(state, now, effects);
            if state.tell_again_at.is_some_and(|at| now >= at) {
                tell_again(state, None, effects);
            }
            refresh::due(state, now, effects);
        }
        Event::Tick => tick(state, now, effects),
        Event::Slept => {
            state.doubted_at = state.session().map(|_| now);
            streaming::slept(state, now, effects);
            cover::draw(state, now);
            refresh::due(state, now, effects);
        }
        Event::Input => {
            state.input_at = Some(now);
            if let (Some(session), Some(idle)) = (state.session(), &mut state.idle) {
                if idle.is_report_due(now) {
                    idle.used(now);
                    effects.push(Effect::ReportUse);
                    state.tell(Peer::Used { session }, effects);
                } else if state.profile.asks_for_password() {
                    idle.touched(now);
                }
            }
        }
        Event::Visible => shown(state, now, effects),
        Event::Hidden => {
            state.visible = false;
            state.stream.hidden_at = Some(now);
        }
        Event::Offline => state.online = false,
        Event::Online { sign_out_pending } => {
            state.online = true;
            // What another profile left is told by nobody here, who lacks its cookie.
            let sign_out_pending = sign_out_pending.filter(|_| state.profile.keeps_cookies());
            tell_again(state, sign_out_pending, effects);
            if let Refresh::Waiting { .. } = state.refresh {
                ask(state, By::Person, now, effects);
            }
            streaming::hasten(state, now);
        }
        // A page that keeps a stream has no place there.
        Event::Cached => {
            state.visible = false;
            state.stream.hidden_at = None;
            streaming::close(state, effects);
            state.stream.has_gap = true;
        }
        Event::Restored { hint } => {
            alone::limits(state, now, effects);
            // The page was frozen as it was then; the jar says how it is now.
            if hint != state.session() && state.profile.keeps_cookies() {
                refresh::reload(state, effects);
            } else {
                // Its calls are dead.
                tell_again(state, None, effects);
                shown(state, now, effects);
            }
        }
        Event::Unloaded => {
            alone::unloaded(state, now, effects);
            streaming::close(state, effects);
        }
        Event::Peer(peer) => heard(state, peer, now, effects),
        Event::StreamOpened { stream } => streaming::opened(state, stream, now, effects),
        Event::StreamSaid { stream } => streaming::said(state, stream, now, effects),
        Event::StreamClosed { stream, told, jitter } => streaming::closed(state, stream, told, jitter, now, effects),
        Event::SessionEnded { session, ended } => {
            if state.session() == Some(session) {
                over(state, Some(ended), effects);
            }
        }
        Event::RolesChanged { session } => {
            if state.session() == Some(session) {
                state.tell(Peer::RolesChanged { session }, effects);
                stale(state, now, effects);
            }
        }
        Event::DevicesChanged { session } => {
            if state.session() == Some(session) {
                effects.push(Effect::DevicesChanged);
                state.tell(Peer::DevicesChanged { session }, effects);
            }
        }
        Event::Rotate { session } => {
            if state.session() == Some(session) {
                refresh::rotate(state, now, effects);
            }
        }
        Event::SignOut => leave(state, effects),
        Event::SignOutAnswered { session, heard, jitter } => answered(state, session, heard, jitter, now, effects),
    }
}

/// A person looks at the page: covered, where it has missed something.
fn shown(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    state.visible = true;
    state.stream.hidden_at = None;
    alone::limits(state, now, effects);
    cover::draw(state, now);
    refresh::looked_at(state, now, effects);
    streaming::hasten(state, now);
}

/// Counts use, and the lack of it.
fn tick(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    alone::limits(state, now, effects);
    // The last use before a pause: where the tab's count decides, the server's must not run out before it.
    if let (Some(_), Some(idle)) = (state.session(), &mut state.idle)
        && idle.is_unreported()
        && idle.is_report_due(now)
    {
        idle.reported(now);
        effects.push(Effect::ReportUse);
    }
    // By our count it is over: the server says whether it is.
    if state.idle_warning(now) == Some(0) && !state.profile.asks_for_password() {
        state.idle = None;
        ask(state, By::Tab, now, effects);
    }
}
