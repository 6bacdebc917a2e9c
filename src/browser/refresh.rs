//! The calls that a tab makes by itself: refresh, one at a time and detached, sign-out, and the report of use. Runs in: the browser.

use std::{cell::RefCell, future::Future, pin::pin};

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Headers, RequestInit, Response, UrlSearchParams};

use super::{
    Calls, clock,
    held::{Held, held, lock_name},
    lock::{self, REFRESH},
    machine::{Event, Millis, Phase},
    tab::{dispatch, keep, with},
};
use crate::shared::{AccessToken, Error, Grant};

/// Milliseconds that a refresh waits for its turn among tabs.
const QUEUE: u32 = 3_000;
/// Milliseconds that a refresh may take: less than the server's leeway for tabs that race.
const PATIENCE: u32 = 8_000;

thread_local! {
    /// Dropped to give up the refresh that is under way.
    static WANTED: RefCell<Option<oneshot::Sender<()>>> = const { RefCell::new(None) };
    /// Ready once the last sign-out of this page is through.
    static LEAVING: RefCell<Option<oneshot::Receiver<()>>> = const { RefCell::new(None) };
}

/// One refresh, detached from whoever wanted it: a caller that goes away aborts nothing.
pub(super) async fn refresh() {
    let Some(calls) = with(|tab| tab.calls) else { return };
    let (wanted, abandoned) = oneshot::channel();
    WANTED.set(Some(wanted));
    let asking = pin!(async {
        let (lock, _) = lock::acquire(&lock_name(REFRESH), QUEUE).await;
        (ask(calls).await, lock)
    });
    let Either::Left(((outcome, lock), _)) = select(asking, abandoned).await else { return };
    match outcome {
        Ok(grant) => granted(grant),
        Err(error) => dispatch(Event::RefreshFailed { error, jitter: clock::jitter() }),
    }
    // An answer that came too late is taken back by a sign-out: in the same turn, before anybody signs in again.
    if let Some(leaving) = LEAVING.take() {
        select(leaving, TimeoutFuture::new(PATIENCE)).await;
    }
    drop(lock);
}

/// Aborts the refresh that is under way: whatever answers it finds no jar and no tab.
pub(super) fn abandon() {
    drop(WANTED.take());
}

/// A new token of the page's session came, by a refresh or by the password.
pub(super) fn granted(grant: Grant) {
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

/// One call, aborted after [`PATIENCE`]: what is dropped here can put no cookie into the jar later.
async fn ask(calls: Calls) -> Result<Grant, Error> {
    let token = held().refresh_token;
    match select((calls.refresh)(token), TimeoutFuture::new(PATIENCE)).await {
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

/// Outlives the page, and tells the machine whether the server heard it. Of `session` and no other, where one is named.
pub(super) fn send_sign_out(session: Option<Uuid>) {
    let Some((calls, keeps_cookies)) = with(|tab| (tab.calls, tab.state.profile.keeps_cookies())) else { return };
    let held = held();
    // Without any token there is nobody to speak for.
    if !keeps_cookies && held.access_token.is_none() && held.refresh_token.is_none() {
        return;
    }
    // It is on its way before the page can go; the lock makes a sign-in wait for the reply, which clears the jar.
    let reply = post_sign_out(calls.sign_out, session, &held);
    let (through, leaving) = oneshot::channel::<()>();
    LEAVING.set(Some(leaving));
    spawn_local(async move {
        let heard = match reply {
            Some(reply) => match select(reply, pin!(lock::acquire(&lock_name(REFRESH), PATIENCE))).await {
                Either::Left((reply, _)) => is_success(reply),
                Either::Right((_lock, reply)) => is_success(reply.await),
            },
            None => false,
        };
        drop(through);
        dispatch(Event::SignOutAnswered { session, heard, jitter: clock::jitter() });
    });
}

fn post_sign_out(address: &str, session: Option<Uuid>, held: &Held) -> Option<JsFuture> {
    let init = RequestInit::new();
    init.set_method("POST");
    let _ = js_sys::Reflect::set(&init, &"keepalive".into(), &true.into());
    if let Some(token) = &held.access_token {
        let headers = Headers::new().ok()?;
        headers.set("Authorization", &format!("Bearer {}", token.reveal())).ok()?;
        init.set_headers(&headers);
    }
    let form = UrlSearchParams::new().ok()?;
    if let Some(session) = session {
        form.append("session", &session.to_string());
    }
    if let Some(token) = &held.refresh_token {
        form.append("refresh_token", token.reveal());
    }
    init.set_body(&form);
    Some(JsFuture::from(web_sys::window()?.fetch_with_str_and_init(address, &init)))
}

fn is_success(reply: Result<JsValue, JsValue>) -> bool {
    let response = reply.ok().and_then(|reply| reply.dyn_into::<Response>().ok());
    response.is_some_and(|response| response.ok())
}

/// A call that changes what the jar holds, made while no other one is under way in this browser: the replies of two could
/// come in the wrong order. After [`PATIENCE`], when those are given up, it goes ahead all the same.
pub(super) async fn in_turn<T>(call: impl Future<Output = T>) -> T {
    let (_lock, _) = lock::acquire(&lock_name(REFRESH), PATIENCE).await;
    call.await
}

/// Milliseconds that the token, the session, and the session without use have, all by the server's clock.
pub(super) fn times(grant: &Grant) -> (Millis, Millis, Millis) {
    let left = |end: i64| (end - grant.server_time).max(0).unsigned_abs() * 1_000;
    (Millis::from(grant.expires_in) * 1_000, left(grant.session.expires_at), left(grant.session.idle_expires_at))
}
