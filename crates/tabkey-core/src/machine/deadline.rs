//! When a tab acts by itself. Runs in: the browser, and in the model.

use super::{Effect, Millis, Phase, Refresh, State, alone};

impl State {
    /// The next moment at which something is to be done though nothing happens.
    pub fn deadline(&self, now: Millis) -> Option<Millis> {
        let tell_again = self.sign_out_pending.and(self.tell_again_at);
        [self.refresh_at(), self.password_at(), self.stream_at(now), tell_again].into_iter().flatten().min()
    }

    fn refresh_at(&self) -> Option<Millis> {
        match self.refresh {
            Refresh::Waiting { until, .. } => Some(until),
            // A hidden tab renews when it is shown again.
            Refresh::Idle if self.session().is_some() && self.visible && !self.profile.asks_for_password() => {
                self.token.map(|token| token.renew_at)
            }
            _ => None,
        }
    }

    fn password_at(&self) -> Option<Millis> {
        match self.phase {
            Phase::SignedIn { .. } if self.profile.asks_for_password() => alone::sign_out_at(self),
            _ => None,
        }
    }
}

/// Sets the timer where another one is set.
pub(super) fn set(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    let deadline = state.deadline(now);
    if deadline != state.timer {
        effects.push(deadline.map_or(Effect::ClearTimer, Effect::SetTimer));
        state.timer = deadline;
    }
}
