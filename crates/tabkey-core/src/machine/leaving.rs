//! How a tab leaves its session: because the person says so, or because it is over. Runs in: the browser, and in the model.

use uuid::Uuid;

use super::{By, Effect, Millis, Peer, Phase, Refresh, State};
use crate::{Ended, Error};

/// The person signs out here. It is done in this browser at once, whether or not the server can be told.
pub(super) fn leave(state: &mut State, effects: &mut Vec<Effect>) {
    let session = state.session();
    // Where no cookie says whose it is, the token does: it is dropped after this.
    effects.push(Effect::SendSignOut(session));
    sign_out(state, None, effects);
    effects.push(Effect::KeepReason(None));
    // A later page could not tell it where it would lack the token.
    if let Some(session) = session.filter(|_| state.profile.keeps_cookies()) {
        state.sign_out_pending = Some(session);
        effects.extend([Effect::KeepPendingSignOut(session), Effect::ForgetHint(session)]);
    }
    if let Some(session) = session {
        state.tell(Peer::SignedOut { session, ended: None }, effects);
    }
}

/// The server has heard of the sign-out of `session`, or is to be told again later.
pub(super) fn answered(
    state: &mut State,
    session: Option<Uuid>,
    heard: bool,
    jitter: u16,
    now: Millis,
    effects: &mut Vec<Effect>,
) {
    // A sign-in may have come since: then there is nothing left to tell.
    let Some(session) = session.filter(|_| session == state.sign_out_pending) else { return };
    if heard {
        state.sign_out_pending = None;
        state.farewells = Default::default();
        state.tell_again_at = None;
        effects.push(Effect::ForgetPendingSignOut(session));
        state.tell(Peer::SignOutHeard { session }, effects);
    } else {
        let (at, _) = state.farewells.failed(By::Tab, &Error::Offline, jitter, now);
        state.tell_again_at = Some(at);
    }
}

/// Tells the server what it has not heard; another tab, closed since, may have left that to this one.
pub(super) fn tell_again(state: &mut State, kept: Option<Uuid>, effects: &mut Vec<Effect>) {
    state.sign_out_pending = state.sign_out_pending.or(kept);
    state.tell_again_at = None;
    if let Some(session) = state.sign_out_pending {
        effects.push(Effect::SendSignOut(Some(session)));
    }
}

/// The session is over, and not by this tab's person.
pub(super) fn over(state: &mut State, ended: Option<Ended>, effects: &mut Vec<Effect>) {
    let session = state.session();
    sign_out(state, ended.clone(), effects);
    effects.push(Effect::KeepReason(ended.clone()));
    if let Some(session) = session.filter(|_| state.profile.keeps_cookies()) {
        effects.extend([Effect::ForgetHint(session), Effect::Tell(Peer::SignedOut { session, ended })]);
    }
}

pub(super) fn sign_out(state: &mut State, ended: Option<Ended>, effects: &mut Vec<Effect>) {
    state.left = state.session().or(state.left);
    state.phase = Phase::SignedOut(ended);
    state.token = None;
    state.trouble = None;
    state.tries = Default::default();
    state.covered = false;
    state.stream.has_gap = true;
    state.doubted_at = None;
    (state.is_stale, state.rotates_again, state.invited) = (false, false, false);
    // A call under way stays under way: its answer finds nobody.
    if !state.is_asking() {
        state.refresh = Refresh::Idle;
    }
    effects.push(Effect::DropToken);
}
