//! Asking for the password once more: the calls that need a fresh proof wait here for one answer. Runs in: the browser.

use std::cell::RefCell;

use futures_channel::oneshot;
use leptos::prelude::{RwSignal, Set};
use uuid::Uuid;

use super::{
    clock,
    machine::Event,
    tab::{offer, with},
};
use tabkey_core::Grant;

thread_local! {
    static ASKING: RefCell<Asking> = RefCell::default();
}

#[derive(Default)]
struct Asking {
    /// Where the dialog reads that it is wanted; `None` where the application draws none.
    wanted: Option<RwSignal<bool>>,
    waiting: Vec<oneshot::Sender<bool>>,
    /// The session in which the last proof was given, and the serial of the token that it brought.
    proved: Option<(Uuid, u64)>,
}

/// A dialog is there that will answer.
pub(super) fn answered_through(wanted: RwSignal<bool>) {
    ASKING.with_borrow_mut(|asking| asking.wanted = Some(wanted));
}

/// Waits until the person has proved their password, or would rather not. `serial` is the token that was not fresh enough:
/// where a proof has come since, nobody is asked again.
pub(super) async fn ask(serial: u64) -> bool {
    let session = with(|tab| tab.state.session()).flatten();
    let wait = ASKING.with_borrow_mut(|asking| {
        if asking.proved.is_some_and(|(in_session, since)| Some(in_session) == session && serial < since) {
            return Err(true);
        }
        let Some(wanted) = asking.wanted else { return Err(false) };
        let (answer, wait) = oneshot::channel();
        asking.waiting.push(answer);
        Ok((wanted, wait))
    });
    match wait {
        Ok((wanted, wait)) => {
            wanted.try_set(true);
            wait.await.unwrap_or(false)
        }
        Err(known) => known,
    }
}

/// Takes what the proof brought, and lets the calls that waited for it go on.
pub(super) fn proved(grant: Grant) {
    let (session, (life, left, idle_left)) = (grant.session.id, grant.times());
    offer(grant, Event::SteppedUp { session, life, left, idle_left, jitter: clock::jitter() });
    // The page may belong to somebody else by now.
    let state = with(|tab| (tab.state.session(), tab.state.token.map(|token| token.serial)));
    let (in_session, serial) = state.unwrap_or_default();
    let is_ours = in_session == Some(session);
    if is_ours {
        ASKING.with_borrow_mut(|asking| asking.proved = serial.map(|serial| (session, serial)));
    }
    answer(is_ours);
}

/// Lets the calls that wait go on, or fail.
pub(super) fn answer(is_proved: bool) {
    let (wanted, waiting) = ASKING.with_borrow_mut(|asking| (asking.wanted, std::mem::take(&mut asking.waiting)));
    if let Some(wanted) = wanted {
        wanted.try_set(false);
    }
    for call in waiting {
        let _ = call.send(is_proved);
    }
}
