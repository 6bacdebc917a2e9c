//! How a page begins: for whom it was drawn, and what an earlier page left behind. Runs in: the browser, and in the model.

use uuid::Uuid;

use super::{Effect, Millis, Peer, Phase, State, leaving::tell_again, step::ask};
use crate::shared::Ended;

pub(super) fn boot(
    state: &mut State,
    drawn_for: Option<Uuid>,
    hint: Option<Uuid>,
    ended: Option<Ended>,
    sign_out_pending: Option<Uuid>,
    now: Millis,
    effects: &mut Vec<Effect>,
) {
    if !state.profile.keeps_cookies() {
        // Whatever the jar and the storage hold is another profile's.
        state.phase = Phase::SignedOut(ended);
        return;
    }
    if let Some(left) = sign_out_pending {
        tell_again(state, sign_out_pending, effects);
        // Whoever has signed in since, without this script, stays.
        if [drawn_for, hint].into_iter().flatten().all(|session| session == left) {
            state.phase = Phase::SignedOut(None);
            state.left = Some(left);
            return;
        }
    }
    match (drawn_for, hint) {
        // The first request will ask for a token: a reload moves no generation.
        (Some(session), hint) => {
            state.phase = Phase::SignedIn { session };
            effects.extend([Effect::KeepReason(None), Effect::Listen]);
            // Tabs that show something else have not heard of a sign-in by a form, without this script.
            if hint == Some(session) {
                effects.push(Effect::Tell(Peer::SignedIn { session }));
            }
        }
        // The server could not tell; the jar says that it is worth asking.
        (None, Some(_)) if ended.is_none() => ask(state, now, effects),
        (None, hint) => {
            state.phase = Phase::SignedOut(ended.clone());
            if let (Some(session), Some(_)) = (hint, &ended) {
                effects.push(Effect::ForgetHint(session));
            }
        }
    }
}
