//! One refresh at a time across tabs, and one event stream, as a kindness to the server: nothing depends on it. Runs in:
//! the browser.
//!
//! `navigator.locks` is bound by hand: web-sys has it behind an unstable flag.

use std::{cell::RefCell, rc::Rc};

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

/// Names of locks.
pub const REFRESH: &str = "tabkey-refresh";
pub const EVENTS: &str = "tabkey-events";

/// Held until dropped.
pub struct Lock(Option<Function>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

/// Waits for the lock at most `patience` milliseconds, for a tab that holds it may be frozen; then goes ahead without, as
/// it does at once where there are no locks (plain http). Answers whether it is held.
pub async fn acquire(name: &str, patience: u32) -> (Lock, bool) {
    let Some(request) = locks() else { return (Lock(None), false) };
    let Ok(controller) = AbortController::new() else { return (Lock(None), false) };
    // Whoever waits no more, for any reason, gives up the place in the queue.
    let waiting = Waiting(controller);
    let (release, held) = split();
    let (granted, is_granted) = split();
    // The browser holds the lock until `held` settles.
    let callback = Closure::once_into_js(move |_lock: JsValue| -> Promise {
        let _ = granted.call0(&JsValue::NULL);
        held
    });
    let options = Object::new();
    let _ = Reflect::set(&options, &"signal".into(), &waiting.0.signal());
    // Should it be granted at the very moment it is given up, it is given back.
    let lock = Lock(Some(release));
    let Some(promise) = request(name, &options, &callback) else { return (lock, false) };
    // It rejects when the wait is given up; that is no news.
    let ignore = Closure::once_into_js(|_: JsValue| {});
    let _ = Reflect::get(&promise, &"catch".into())
        .ok()
        .and_then(|catch| catch.dyn_into::<Function>().ok())
        .map(|catch| catch.call1(&promise, &ignore));
    let is_held = matches!(select(JsFuture::from(is_granted), TimeoutFuture::new(patience)).await, Either::Left(_));
    (lock, is_held)
}

/// A place in the queue for a lock. Once the lock is granted, giving it up changes nothing.
struct Waiting(AbortController);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.abort();
    }
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
fn locks() -> Option<impl Fn(&str, &Object, &JsValue) -> Option<JsValue>> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok().filter(|locks| !locks.is_undefined())?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    Some(move |name: &str, options: &Object, callback: &JsValue| {
        request.call3(&locks, &name.into(), options, callback).ok()
    })
}
