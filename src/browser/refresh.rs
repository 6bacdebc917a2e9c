//! The calls that a tab makes by itself: refresh, one at a time and detached, sign-out, and the report of use. Runs in: the browser.

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestInit;

use super::{
    Calls, clock,
    lock::{self, REFRESH},
    machine::{Event, Millis, Phase},
    tab::{dispatch, keep, with},
};
use crate::shared::{AccessToken, Error, Grant};

/// Milliseconds that a refresh waits for its turn among tabs.
const QUEUE: u32 = 3_000;
/// Milliseconds that a refresh may take: less than the server's leeway for tabs that race.
const PATIENCE: u32 = 8_000;

/// One refresh, detached from whoever wanted it: a caller that goes away aborts nothing.
pub(super) async fn refresh() {
    let Some(calls) = with(|tab| tab.calls) else { return };
    let (lock, _) = lock::acquire(REFRESH, QUEUE).await;
    let outcome = ask(calls).await;
    drop(lock);
    match outcome {
        Ok(grant) => {
            let (life, left, idle_left) = times(&grant);
            let (session, generation) = (grant.session.id, generation(&grant.access_token));
            let is_ours = with(|tab| match tab.state.phase {
                Phase::SignedIn { session: page } => page == session,
                Phase::Unknown => true,
                Phase::SignedOut(_) => false,
            });
            if is_ours == Some(true) {
                keep(grant);
            }
            dispatch(Event::Refreshed { session, generation, life, left, idle_left, jitter: clock::jitter() });
        }
        Err(error) => dispatch(Event::RefreshFailed { error, jitter: clock::jitter() }),
    }
    let waiting = with(|tab| std::mem::take(&mut tab.waiting));
    for changed in waiting.unwrap_or_default() {
        let _ = changed.send(());
    }
}

/// One call, aborted after [`PATIENCE`]: what is dropped here can put no cookie into the jar later.
async fn ask(calls: Calls) -> Result<Grant, Error> {
    match select((calls.refresh)(), TimeoutFuture::new(PATIENCE)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(Error::Offline),
    }
}

/// The generation that a token names; 0 for one that cannot be read. It orders the replies of racing tabs, no more.
fn generation(token: &AccessToken) -> u32 {
    let claims = token.reveal().split('.').nth(1).map(|part| part.replace('-', "+").replace('_', "/"));
    let text = claims.and_then(|claims| web_sys::window()?.atob(&claims).ok());
    let claims = text.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    claims.and_then(|claims| u32::try_from(claims["gen"].as_u64()?).ok()).unwrap_or(0)
}

/// Whatever comes back: a session that is over shows itself through the interceptor.
pub(super) async fn report_use() {
    if let Some(calls) = with(|tab| tab.calls) {
        let _ = (calls.report_use)().await;
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

/// Milliseconds that the token, the session, and the session without use have, all by the server's clock.
pub(super) fn times(grant: &Grant) -> (Millis, Millis, Millis) {
    let left = |end: i64| (end - grant.server_time).max(0).unsigned_abs() * 1_000;
    (Millis::from(grant.expires_in) * 1_000, left(grant.session.expires_at), left(grant.session.idle_expires_at))
}
