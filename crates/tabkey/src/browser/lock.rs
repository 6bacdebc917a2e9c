//! One refresh at a time across tabs, as a kindness to the server: nothing depends on it. Runs in: the browser.
//!
//! `navigator.locks` is bound by hand: web-sys has it behind an unstable flag.

use std::{cell::RefCell, rc::Rc};

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::abort::Abort;

/// The lock's name.
pub const REFRESH: &str = "tabkey-refresh";

/// Held until dropped.
pub struct Lock(Option<Function>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

/// Waits for the lock at most `patience` milliseconds, for a tab that holds it may be frozen; then goes ahead without. So it
/// does at once where there are no locks: on plain http, in an old browser, and where site data is blocked, so that asking is
/// refused.
pub async fn acquire(name: &str, patience: u32) -> Lock {
    let Some(request) = locks() else { return Lock(None) };
    // Whoever waits no more, for any reason, gives up the place in the queue. Once the lock is granted, that changes nothing.
    let waiting = Abort::new();
    let (release, held) = split();
    let (granted, is_granted) = split();
    // The browser holds the lock until `held` settles.
    let callback = Closure::once_into_js(move |_lock: JsValue| -> Promise {
        let _ = granted.call0(&JsValue::NULL);
        held
    });
    let options = Object::new();
    if let Some(signal) = waiting.signal() {
        let _ = Reflect::set(&options, &"signal".into(), &signal);
    }
    // Should it be granted at the very moment it is given up, it is given back.
    let lock = Lock(Some(release));
    let Some(promise) = request(name, &options, &callback) else { return lock };
    // It settles at once where it is refused, and otherwise when the lock is let go, which is after all of this.
    let refused = JsFuture::from(promise);
    let answer = select(JsFuture::from(is_granted), refused);
    if let Either::Right(((), _)) = select(answer, TimeoutFuture::new(patience)).await {
        drop(waiting);
    }
    lock
}

/// A promise, and the function that resolves it.
fn split() -> (Function, Promise) {
    let resolver = Rc::new(RefCell::new(None));
    let kept = resolver.clone();
    let promise = Promise::new(&mut move |resolve, _| *kept.borrow_mut() = Some(resolve));
    let resolve = resolver.borrow_mut().take().expect("a promise runs its executor at once");
    (resolve, promise)
}

/// `navigator.locks.request`, where the browser has it.
fn locks() -> Option<impl Fn(&str, &Object, &JsValue) -> Option<Promise>> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok().filter(|locks| !locks.is_undefined())?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    Some(move |name: &str, options: &Object, callback: &JsValue| {
        request.call3(&locks, &name.into(), options, callback).ok()?.dyn_into().ok()
    })
}
