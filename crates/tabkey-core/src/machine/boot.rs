//! How a page begins: for whom it was drawn, and what an earlier page left behind. Runs in: the browser, and in the model.

use uuid::Uuid;

use super::{By, Effect, Idle, Millis, Peer, Phase, State, ask::ask, cover, leaving::tell_again, streaming};
use crate::{Ended, Profile};

/// What is known as a page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Boot {
    pub profile: Profile,
    /// This moment in unix seconds, by the server's clock.
    pub at: i64,
    /// Whom the server drew it for.
    pub drawn_for: Option<Uuid>,
    /// Whom the hint cookie names.
    pub hint: Option<Uuid>,
    /// Why an earlier page was signed out.
    pub ended: Option<Ended>,
    /// The session that an earlier page signed out of without being able to tell the server.
    pub sign_out_pending: Option<Uuid>,
    /// From now to the end of a session that nobody uses; 0 where it is not known.
    pub idle_limit: Millis,
    pub visible: bool,
    pub online: bool,
    /// It was made before anybody wanted to see it, and is shown now.
    pub was_prerendered: bool,
    /// By chance: of two tabs that could both hold the stream, the lower number does.
    pub number: u32,
    /// Whether the application has an event stream.
    pub listens: bool,
    /// Whether other tabs can be heard.
    pub hears_others: bool,
}

pub(super) fn boot(state: &mut State, boot: Boot, now: Millis, effects: &mut Vec<Effect>) {
    state.is_begun = true;
    state.profile = boot.profile;
    state.began_at = boot.at - i64::try_from(now / 1_000).unwrap_or(0);
    state.idle = boot.drawn_for.map(|_| Idle::begin(boot.idle_limit, now));
    state.visible = boot.visible;
    state.online = boot.online;
    state.stream.number = boot.number;
    state.stream.exists = boot.listens;
    state.stream.hears_others = boot.hears_others;
    streaming::settle_in(state, now, effects);
    if !state.profile.keeps_cookies() {
        // Whatever the jar and the storage hold is another profile's.
        state.phase = Phase::SignedOut(boot.ended);
        return;
    }
    if let Some(left) = boot.sign_out_pending {
        tell_again(state, Some(left), effects);
        // Whoever has signed in since, without this script, stays.
        if [boot.drawn_for, boot.hint].into_iter().flatten().all(|session| session == left) {
            state.phase = Phase::SignedOut(None);
            state.left = Some(left);
            return;
        }
    }
    match (boot.drawn_for, boot.hint) {
        // The first request will ask for a token: a reload moves no generation.
        (Some(session), hint) => {
            state.phase = Phase::SignedIn { session };
            effects.push(Effect::KeepReason(None));
            if boot.was_prerendered {
                cover::draw(state, now);
                streaming::hasten(state, now);
            }
            // Tabs that show something else have not heard of a sign-in by a form, without this script. Not of what was drawn
            // long ago: then the jar names another.
            if hint.is_none_or(|hint| hint == session) {
                effects.push(Effect::Tell(Peer::SignedIn { session }));
            }
        }
        // The server could not tell; the jar says that it is worth asking.
        (None, Some(_)) if boot.ended.is_none() => ask(state, By::Tab, now, effects),
        (None, hint) => {
            if let (Some(session), Some(_)) = (hint, &boot.ended) {
                effects.push(Effect::ForgetHint(session));
            }
            state.phase = Phase::SignedOut(boot.ended);
        }
    }
}
