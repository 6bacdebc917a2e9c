//! What a tab does about what the other tabs of its browser say. Runs in: the browser, and in the model.

use super::{
    By, Effect, Millis, Peer, Phase, Refresh, State,
    leaving::sign_out,
    refresh::{ask, stale},
    stream,
};

pub(super) fn heard(state: &mut State, peer: Peer, now: Millis, effects: &mut Vec<Effect>) {
    match (peer, &state.phase) {
        (Peer::Listening { session, tab }, _) => stream::heard(state, session, tab, now, effects),
        (Peer::Silent { tab }, _) => stream::fell_silent(state, tab, now),
        // Elsewhere each tab is a session of its own.
        _ if !state.profile.keeps_cookies() => {}
        (Peer::SignedIn { session }, Phase::SignedIn { session: page }) if session != *page => {
            effects.extend([Effect::DropToken, Effect::Reload]);
        }
        // Nothing private is shown, and something may have been typed: the jar is asked, and the page stays.
        (Peer::SignedIn { session }, Phase::SignedOut(_)) if state.left != Some(session) => {
            state.invited = true;
            ask(state, By::Person, now, effects);
        }
        (Peer::SignedIn { .. } | Peer::SignedOut { .. }, Phase::Unknown) => ask(state, By::Person, now, effects),
        (Peer::Refreshed { session, generation }, Phase::SignedIn { session: page }) if session == *page => {
            state.newest = state.newest.max(generation);
            overtaken(state, generation, effects);
        }
        (Peer::RolesChanged { session }, Phase::SignedIn { session: page }) if session == *page => {
            stale(state, now, effects);
        }
        (Peer::DevicesChanged { session }, Phase::SignedIn { session: page }) if session == *page => {
            effects.push(Effect::DevicesChanged);
        }
        (Peer::Used { session }, Phase::SignedIn { session: page }) if session == *page => {
            if let Some(idle) = &mut state.idle {
                idle.used(now);
            }
        }
        (Peer::SignedOut { session, ended }, Phase::SignedIn { session: page }) if session == *page => {
            effects.push(Effect::KeepReason(ended.clone()));
            sign_out(state, ended, effects);
        }
        _ => {}
    }
}

/// Two rotations ahead of a call that is under way, what comes of it can only do harm: its answer would put a cookie into the
/// jar that is older than a parent, and as a request it would look like a thief's. It is given up, and made anew.
fn overtaken(state: &mut State, generation: u32, effects: &mut Vec<Effect>) {
    let Refresh::Asking { page, presented, by } = state.refresh else { return };
    // A page hears of every rotation from its beginning, so that the first one comes after what the jar held then.
    let presented = if presented == 0 { generation.saturating_sub(1) } else { presented };
    state.refresh = Refresh::Asking { page, presented, by };
    if generation > presented.saturating_add(1) {
        state.refresh = Refresh::Asking { page: state.session(), presented: generation, by };
        effects.extend([Effect::AbandonRefresh, Effect::AskRefresh]);
    }
}
