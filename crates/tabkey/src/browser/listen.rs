//! What the browser reports: shown and hidden, online and offline, back from the cache, input. Registered once. Runs in: the
//! browser.

use std::cell::Cell;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event as DomEvent, EventTarget, PageTransitionEvent, VisibilityState};

use super::{hint, machine::Event, memory};

/// Listens for as long as the page lives.
pub fn listen(happened: impl Fn(Event) + Clone + 'static) {
    let Some(window) = web_sys::window() else { return };
    let Some(document) = window.document() else { return };
    on(&document, "visibilitychange", {
        let happened = happened.clone();
        move |_| happened(if is_visible() { Event::Visible } else { Event::Hidden })
    });
    on(&window, "online", {
        let happened = happened.clone();
        move |_| happened(Event::Online { sign_out_pending: memory::pending_sign_out() })
    });
    on(&window, "offline", {
        let happened = happened.clone();
        move |_| happened(Event::Offline)
    });
    // Whoever uses a switch, a voice or a screen reader makes no more than the last three.
    for name in ["keydown", "pointerdown", "touchstart", "wheel", "click", "input", "compositionstart"] {
        let happened = happened.clone();
        on(&window, name, move |event| {
            // What a script made up is no person.
            if event.is_trusted() {
                happened(Event::Input);
            }
        });
    }
    on(&window, "pagehide", {
        let happened = happened.clone();
        move |event| happened(if is_kept(&event) { Event::Cached } else { Event::Unloaded })
    });
    on(&window, "pageshow", move |event| {
        if is_kept(&event) {
            happened(Event::Restored { hint: hint::read() });
        }
    });
}

/// Hears that the page is closed where `pagehide` is not heard: Firefox loses it in half of the cases, and never both. Only
/// where a page's end is its session's: it keeps a page out of the back/forward cache.
pub fn closing(happened: impl Fn(Event) + 'static) {
    if let Some(window) = web_sys::window() {
        on(&window, "unload", move |_| happened(Event::Unloaded));
    }
}

/// Goes on once the page can be seen: a prerendered one may never be. Says whether it was one.
pub fn shown(go_on: impl FnOnce(bool) + 'static) {
    let document = web_sys::window().and_then(|window| window.document());
    let is_prerendering = |document: &web_sys::Document| {
        js_sys::Reflect::get(document, &"prerendering".into()).is_ok_and(|value| value.is_truthy())
    };
    match document.filter(is_prerendering) {
        None => go_on(false),
        Some(document) => {
            let go_on = Cell::new(Some(go_on));
            on(&document, "prerenderingchange", move |_| {
                if let Some(go_on) = go_on.take() {
                    go_on(true);
                }
            });
        }
    }
}

pub fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

pub fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Whether the page is in the back/forward cache meanwhile.
fn is_kept(event: &DomEvent) -> bool {
    event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted)
}

fn on(target: &EventTarget, name: &str, listener: impl Fn(DomEvent) + 'static) {
    let listener = Closure::<dyn Fn(DomEvent)>::new(listener);
    let _ = target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
    listener.forget();
}
