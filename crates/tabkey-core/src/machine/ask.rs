//! Whether the call that brings a token is made now. Runs in: the browser, and in the model.

use super::{By, Effect, Millis, Phase, Refresh, State};

/// One call at a time, none against `Retry-After`, none past a purse. Where none may be made, the tab waits for the moment at
/// which one may.
pub(super) fn ask(state: &mut State, by: By, now: Millis, effects: &mut Vec<Effect>) {
    let is_out = matches!(state.phase, Phase::SignedOut(_)) && !state.invited;
    if is_out || state.profile.asks_for_password() {
        return;
    }
    let is_due = match state.refresh {
        Refresh::Asking { .. } => return,
        Refresh::Waiting { until, .. } => now >= until,
        Refresh::Idle => state.tries.may(By::Tab, now),
    };
    let is_told = matches!(state.refresh, Refresh::Waiting { told: true, .. });
    if is_due || (by == By::Person && !is_told && state.tries.may(By::Person, now)) {
        if by == By::Person {
            state.tries.asked_at = Some(now);
        }
        state.refresh = Refresh::Asking { page: state.session(), presented: state.newest, by };
        effects.push(Effect::AskRefresh);
    } else if state.refresh == Refresh::Idle {
        state.refresh = Refresh::Waiting { until: state.tries.free_at(now), told: false };
    }
}
