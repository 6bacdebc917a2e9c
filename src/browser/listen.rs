//! What the browser reports: shown and hidden, online and offline, back from the cache, input. Registered once. Runs in: the
//! browser.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event as DomEvent, EventTarget, PageTransitionEvent, VisibilityState};

use super::{events, hint, machine::Event, memory};

/// Listens for as long as the page lives.
pub fn listen(happened: impl Fn(Event) + Clone + 'static) {
    let Some(window) = web_sys::window() else { return };
    let Some(document) = window.document() else { return };
    let shown = {
        let (document, happened) = (document.clone(), happened.clone());
        move |_: DomEvent| {
            let visible = document.visibility_state() == VisibilityState::Visible;
            happened(if visible { Event::Visible } else { Event::Hidden });
        }
    };
    on(&document, "visibilitychange", shown);
    on(&window, "online", {
        let happened = happened.clone();
        move |_| happened(Event::Online { sign_out_pending: memory::pending_sign_out() })
    });
    on(&window, "offline", {
        let happened = happened.clone();
        move |_| happened(Event::Offline)
    });
    for name in ["keydown", "pointerdown", "touchstart", "wheel"] {
        let happened = happened.clone();
        on(&window, name, move |event| {
            // What a script made up is no person.
            if event.is_trusted() {
                happened(Event::Input);
            }
        });
    }
    // A page that keeps a stream or a lock has no place in the back/forward cache.
    on(&window, "pagehide", {
        let happened = happened.clone();
        move |event| {
            events::stop();
            if !is_kept(&event) {
                happened(Event::Unloaded);
            }
        }
    });
    on(&window, "pageshow", move |event| {
        if is_kept(&event) {
            happened(Event::Restored { hint: hint::read() });
        }
    });
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
