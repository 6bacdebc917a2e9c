//! One refresh at a time across tabs, as a kindness to the server: nothing depends on it. Runs in: the browser.
//!
//! `navigator.locks` is bound by hand: web-sys has it behind an unstable flag.

use std::{cell::RefCell, rc::Rc};

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

const NAME: &str = "tabkey-refresh";
/// Milliseconds: a tab that holds the lock may be frozen.
const PATIENCE: u32 = 3_000;

/// Held until dropped.
pub struct Lock(Option<Function>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

/// Waits for the lock at most three seconds, then goes ahead without, as it does where there are no locks (plain http).
pub async fn acquire() -> Lock {
    let Some(request) = locks() else { return Lock(None) };
    let Ok(controller) = AbortController::new() else { return Lock(None) };
    let (release, held) = split();
    let (granted, is_granted) = split();
    // The browser holds the lock until `held` settles.
    let callback = Closure::once_into_js(move |_lock: JsValue| -> Promise {
        let _ = granted.call0(&JsValue::NULL);
        held
    });
    let options = Object::new();
    let _ = Reflect::set(&options, &"signal".into(), &controller.signal());
    let Some(promise) = request(&options, &callback) else { return Lock(None) };
    // It rejects when the wait is given up; that is no news.
    let ignore = Closure::once_into_js(|_: JsValue| {});
    let _ = Reflect::get(&promise, &"catch".into())
        .ok()
        .and_then(|catch| catch.dyn_into::<Function>().ok())
        .map(|catch| catch.call1(&promise, &ignore));
    match select(JsFuture::from(is_granted), TimeoutFuture::new(PATIENCE)).await {
        Either::Left(_) => Lock(Some(release)),
        Either::Right(_) => {
            controller.abort();
            // Should it have been granted at this very moment, it is given back.
            Lock(Some(release))
        }
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
fn locks() -> Option<impl Fn(&Object, &JsValue) -> Option<JsValue>> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok().filter(|locks| !locks.is_undefined())?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    Some(move |options: &Object, callback: &JsValue| request.call3(&locks, &NAME.into(), options, callback).ok())
}
