//! The calls that a tab makes by itself: refresh, one at a time and detached, sign-out, and the report of use. Runs in: the browser.

use std::{future::Future, pin::pin};

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Headers, RequestInit, Response, UrlSearchParams};

use super::{
    abort::{Abort, within},
    clock,
    held::{Held, held, lock_name},
    hint, lock,
    machine::Event,
    response::Reply,
    tab::{offer, post, with},
};
use tabkey_core::{AccessToken, Error, Grant, RefreshToken};

/// Milliseconds that a refresh waits for its turn among tabs.
const QUEUE: u32 = 3_000;
/// Milliseconds that a refresh may take: less than the server's leeway for tabs that race.
const PATIENCE: u32 = 8_000;

/// One refresh, detached from whoever wanted it: a caller that goes away aborts nothing.
pub(super) fn start() {
    let (wanted, abandoned) = oneshot::channel();
    with(|tab| tab.refreshing = Some(wanted));
    spawn_local(async move { drop(select(pin!(refresh()), abandoned).await) });
}

/// Aborts the refresh that is under way: whatever answers it finds no jar and no tab.
pub(super) fn abandon() {
    drop(with(|tab| tab.refreshing.take()));
}

async fn refresh() {
    let Some(calls) = with(|tab| tab.calls) else { return };
    let lock = lock::acquire(&lock_name(), QUEUE).await;
    // What is dropped here can put no cookie into the jar later.
    match within(PATIENCE, (calls.refresh)(held().refresh_token)).await.flatten() {
        Ok(grant) => granted(grant),
        Err(error) => post(Event::RefreshFailed { error, jitter: clock::jitter() }),
    }
    // An answer that came too late is taken back by a sign-out: in the same turn, before anybody signs in again.
    if let Some(leaving) = with(|tab| tab.leaving.take()).flatten() {
        select(leaving, TimeoutFuture::new(PATIENCE)).await;
    }
    drop(lock);
}

/// A new token of the page's session came, by a refresh or by the password.
pub(super) fn granted(grant: Grant) {
    let (life, left, idle_left) = grant.times();
    let (session, generation) = (grant.session.id, generation(&grant.access_token));
    let (kept, jitter) = (hint::read().is_some(), clock::jitter());
    offer(grant, Event::Refreshed { session, generation, life, left, idle_left, kept, jitter });
}

/// Takes what sign-in or sign-up in this tab answered.
pub(super) fn signed_in(grant: Grant) {
    let (life, left, idle_left) = grant.times();
    let session = grant.session.id;
    let (kept, jitter) = (hint::read().is_some(), clock::jitter());
    offer(grant, Event::SignedIn { session, life, left, idle_left, kept, jitter });
}

/// The refresh as the tab makes it, with the refresh token where no cookie carries it. It is no call of the framework's: a
/// proxy's `Retry-After` counts (RFC 9110 §10.2.3), whatever the body is.
pub async fn fetch_grant(path: &str, token: Option<RefreshToken>) -> Result<Grant, Error> {
    let abort = Abort::new();
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_signal(abort.signal().as_ref());
    let form = UrlSearchParams::new().map_err(|_| Error::Unreadable)?;
    if let Some(token) = &token {
        form.append("refresh_token", token.reveal());
    }
    init.set_body(&form);
    let window = web_sys::window().ok_or(Error::Offline)?;
    let answer = JsFuture::from(window.fetch_with_str_and_init(path, &init)).await.map_err(|_| Error::Offline)?;
    Reply::new(answer.dyn_into().map_err(|_| Error::Unreadable)?, abort).json().await
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
    with(|tab| tab.leaving = Some(leaving));
    spawn_local(async move {
        let heard = match reply {
            Some(reply) => match select(reply, pin!(lock::acquire(&lock_name(), PATIENCE))).await {
                Either::Left((reply, _)) => is_heard(reply),
                Either::Right((_lock, reply)) => is_heard(reply.await),
            },
            None => false,
        };
        drop(through);
        post(Event::SignOutAnswered { session, heard, jitter: clock::jitter() });
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

/// Whether it is no use to tell it again: whatever refuses it for good, a firewall perhaps, refuses it tomorrow too.
fn is_heard(reply: Result<JsValue, JsValue>) -> bool {
    let response = reply.ok().and_then(|reply| reply.dyn_into::<Response>().ok());
    response.is_some_and(|response| match response.status() {
        408 | 425 | 429 => false,
        status => status < 500,
    })
}

/// A call that changes what the jar holds, made while no other one is under way in this browser: the replies of two could
/// come in the wrong order. After [`PATIENCE`], when those are given up, it goes ahead all the same.
pub(super) async fn in_turn<T>(call: impl Future<Output = T>) -> T {
    let _lock = lock::acquire(&lock_name(), PATIENCE).await;
    call.await
}
