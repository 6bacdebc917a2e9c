//! What a tab does about what the other tabs of its browser say. Runs in: the browser, and in the model.

use super::{
    By, Effect, Millis, Peer, Phase, Refresh, State,
    ask::ask,
    leaving::sign_out,
    refresh::{reload, stale},
    streaming,
};

/// Another tab has so long to tell the server that its person signed out, before this one does.
const IN_ITS_PLACE: Millis = 10_000;

pub(super) fn heard(state: &mut State, peer: Peer, now: Millis, effects: &mut Vec<Effect>) {
    // Elsewhere each tab is a session of its own.
    let is_shared = state.profile.keeps_cookies();
    if let Peer::SignedOut { session, ended: None } = &peer
        && is_shared
    {
        // The tab that tells the server may be closed before it could.
        state.sign_out_pending = Some(*session);
        state.tell_again_at = Some(now + IN_ITS_PLACE);
    }
    match (peer, &state.phase) {
        (Peer::Listening { session, tab }, _) => streaming::heard(state, session, tab, now, effects),
        (Peer::Asking, _) => streaming::asked(state, effects),
        (Peer::Silent { tab }, _) => streaming::fell_silent(state, tab, now),
        _ if !is_shared => {}
        (Peer::SignedIn { session }, Phase::SignedIn { session: page }) if session != *page => {
            reload(state, effects);
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
        // What this page asked for may bring back what was left meanwhile.
        (Peer::SignedOut { session, .. }, Phase::SignedOut(_)) => {
            state.left = Some(session);
            state.invited = false;
        }
        (Peer::SignOutHeard { session }, _) if state.sign_out_pending == Some(session) => {
            state.sign_out_pending = None;
            state.tell_again_at = None;
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
