//! The two calls that a tab makes by itself: refresh, one at a time and detached, and sign-out. Runs in: the browser.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestInit;

use super::{
    Calls, clock, lock,
    machine::{Event, Millis, Phase},
    tab::{dispatch, keep, with},
};
use crate::shared::{Error, Grant};

/// Milliseconds that a refresh may take: less than the server's leeway for tabs that race.
const PATIENCE: u32 = 8_000;

/// One refresh, detached from whoever wanted it: a caller that goes away aborts nothing.
pub(super) async fn refresh() {
    let Some(calls) = with(|tab| tab.calls) else { return };
    let lock = lock::acquire().await;
    let outcome = ask(calls).await;
    drop(lock);
    match outcome {
        Ok(grant) => {
            let (life, left) = times(&grant);
            let session = grant.session.id;
            let is_ours = with(|tab| match tab.state.phase {
                Phase::SignedIn { session: page } => page == session,
                Phase::Unknown => true,
                Phase::SignedOut(_) => false,
            });
            if is_ours == Some(true) {
                keep(grant);
            }
            dispatch(Event::Refreshed { session, life, left, jitter: clock::jitter() });
        }
        Err(error) => dispatch(Event::RefreshFailed { error, jitter: clock::jitter() }),
    }
    let waiting = with(|tab| std::mem::take(&mut tab.waiting));
    for changed in waiting.unwrap_or_default() {
        let _ = changed.send(());
    }
}

/// Makes the call until it brings an answer: anew where another tab was faster, for at most [`PATIENCE`] each time. A call
/// that is given up is aborted, so that no late reply puts an old cookie into the jar.
async fn ask(calls: Calls) -> Result<Grant, Error> {
    loop {
        let (cut, is_cut) = oneshot::channel::<()>();
        with(|tab| tab.cut = Some(cut));
        let patience = select(TimeoutFuture::new(PATIENCE), is_cut);
        match select((calls.refresh)(), patience).await {
            Either::Left((outcome, _)) => return outcome,
            Either::Right((Either::Left(_), _)) => return Err(Error::Offline),
            Either::Right((Either::Right(_), _)) => {}
        }
    }
}

/// Outlives the page, and tells the machine whether the server heard it.
pub(super) async fn send_sign_out() {
    let Some(calls) = with(|tab| tab.calls) else { return };
    let init = RequestInit::new();
    init.set_method("POST");
    let _ = js_sys::Reflect::set(&init, &"keepalive".into(), &true.into());
    let heard = match web_sys::window() {
        Some(window) => {
            JsFuture::from(window.fetch_with_str_and_init(calls.sign_out, &init)).await.is_ok_and(|response| {
                let status = js_sys::Reflect::get(&response, &"status".into()).ok().and_then(|status| status.as_f64());
                status.is_some_and(|status| status < 300.0)
            })
        }
        None => false,
    };
    dispatch(Event::SignOutAnswered { heard });
}

/// Milliseconds that the token and the session have, both by the server's clock.
pub(super) fn times(grant: &Grant) -> (Millis, Millis) {
    let left = (grant.session.expires_at - grant.server_time).max(0).unsigned_abs();
    (Millis::from(grant.expires_in) * 1_000, left * 1_000)
}
