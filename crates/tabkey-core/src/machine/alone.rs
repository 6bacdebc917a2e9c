//! What is different where nothing outlives the page (the profiles `banking` and `tab`): each tab is a session of its own, and
//! under `banking` the person's password takes the place of the refresh. Runs in: the browser, and in the model.

use super::{
    Effect, Millis, Phase, State,
    leaving::{over, sign_out},
};
use crate::{EndReason, Ended, Profile};

/// The person is asked this long before the token's end, or in the last quarter of a short life.
const SOON: Millis = 60_000;

/// The password is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PasswordWanted {
    /// Milliseconds until the token's end; after it, until the person is signed out.
    pub left: Millis,
    /// The token has come to its end: the page stands still until the password is given.
    pub is_due: bool,
}

impl State {
    /// Whether, and how urgently, the person is to give the password.
    pub fn password_wanted(&self, now: Millis) -> Option<PasswordWanted> {
        let token = self.token.filter(|_| self.profile.asks_for_password() && self.session().is_some())?;
        let end = token.granted_at + token.life;
        let is_idle = self.doubted_at.is_some() && self.idle_warning(now) == Some(0);
        if now >= end || is_idle {
            let out = sign_out_at(self).unwrap_or(now);
            return Some(PasswordWanted { left: out.saturating_sub(now), is_due: true });
        }
        (end - now <= SOON.min(token.life / 4)).then_some(PasswordWanted { left: end - now, is_due: false })
    }

    /// Whether a request has to wait until the person has given the password, or has not.
    pub fn waits_for_password(&self, now: Millis) -> bool {
        self.password_wanted(now).is_some_and(|wanted| wanted.is_due)
    }

    /// This moment in unix seconds by the server's clock.
    fn unix_seconds(&self, now: Millis) -> i64 {
        self.began_at.saturating_add(i64::try_from(now / 1_000).unwrap_or(0))
    }
}

/// Signs out at the very end of the idle limit, and of the time in which the password was to be given.
pub(super) fn limits(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    if !state.profile.asks_for_password() || state.session().is_none() {
        return;
    }
    let is_late = sign_out_at(state).is_some_and(|at| now >= at);
    let reason = match state.idle_warning(now) {
        Some(0) if is_late || state.doubted_at.is_none() => EndReason::Idle,
        _ if is_late => EndReason::Unconfirmed,
        _ => return,
    };
    let ended = Ended { reason, at: state.unix_seconds(now), by: None };
    effects.push(Effect::SendSignOut(state.session()));
    over(state, Some(ended), effects);
}

/// The page goes for good, and with it what was in its memory. Under `tab` the server hears of it; under `banking` the
/// session's short idle limit is its end.
pub(super) fn unloaded(state: &mut State, now: Millis, effects: &mut Vec<Effect>) {
    let Phase::SignedIn { session } = state.phase else { return };
    if state.profile.keeps_cookies() {
        return;
    }
    let ended = Ended { reason: EndReason::Unloaded, at: state.unix_seconds(now), by: None };
    effects.push(Effect::KeepReason(Some(ended.clone())));
    // It needs the token, which is dropped after it.
    if state.profile == Profile::Tab {
        effects.push(Effect::SendSignOut(Some(session)));
    }
    sign_out(state, Some(ended), effects);
}

/// When the person is signed out for whom no password came. After a sleep, or a clock that was set forward (the two look alike),
/// the time to give it begins anew: only the server knows whether the session is over, and says so to the password.
pub(super) fn sign_out_at(state: &State) -> Option<Millis> {
    let token = state.token.filter(|_| state.session().is_some())?;
    let grace = Profile::grace(token.granted_for / 1_000) * 1_000;
    Some((token.granted_at + token.life).max(state.doubted_at.unwrap_or(0)) + grace)
}
