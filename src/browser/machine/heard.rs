//! What a tab does about what the other tabs of its browser say. Runs in: the browser, and in the model.

use super::{Effect, Millis, Peer, Phase, State, leaving::sign_out, step::stale};

pub(super) fn heard(state: &mut State, peer: Peer, now: Millis, effects: &mut Vec<Effect>) {
    match (peer, &state.phase) {
        (Peer::SignedIn { session }, Phase::SignedIn { session: page }) if session != *page => {
            effects.extend([Effect::DropToken, Effect::Reload]);
        }
        (Peer::SignedIn { .. }, Phase::SignedOut(_)) => effects.push(Effect::Reload),
        (Peer::Refreshed { session, generation }, Phase::SignedIn { session: page }) if session == *page => {
            state.newest = state.newest.max(generation);
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
