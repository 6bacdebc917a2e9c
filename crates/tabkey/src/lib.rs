//! Sign-in for Leptos apps: the access token lives only in the memory of a browser tab, a refresh cookie that no script
//! can read renews it, and every signed-in device can be switched off at once.
//!
//! # Layout, in reading order
//!
//! * [`shared`]: plain data and rules that both halves agree on.
//! * [`api`]: the server functions, the seam between the halves.
//! * [`browser`]: what a tab does: the session's state machine, the interceptor, refresh, timers, other tabs.
//! * `server`: what a node does: HTTP, then decisions, then SQL. Only with the feature `ssr`.
//! * `verify`: what it takes to trust an access token; a node and another service share it.
//! * `verifier`: what another service does to trust our tokens. Only with the feature `verifier`.
//! * [`ui`]: the pages, drawn on both sides.

#![recursion_limit = "256"]

#[cfg(feature = "app")]
pub mod api;
#[cfg(feature = "app")]
pub mod browser;
#[cfg(feature = "ssr")]
pub mod server;
pub mod shared;
#[cfg(feature = "app")]
pub mod ui;
#[cfg(feature = "verifier")]
pub mod verifier;
#[cfg(any(feature = "ssr", feature = "verifier"))]
pub mod verify;

#[doc(hidden)]
#[cfg(feature = "fuzzing")]
pub use server::http::fuzzing;

/// What the page's script calls once the WASM is there (`ui/document/begin.js`).
#[cfg(feature = "hydrate")]
mod begin {
    use leptos::{
        prelude::{document, provide_context},
        wasm_bindgen::JsCast,
    };
    use wasm_bindgen::prelude::wasm_bindgen;

    use crate::{api, browser, ui};

    const CALLS: browser::Calls = browser::Calls {
        refresh: |token| Box::pin(browser::fetch_grant("/api/refresh", token)),
        report_use: || Box::pin(async { api::who_am_i().await.map(drop) }),
        events: Some("/api/events"),
        sign_out: "/api/sign_out",
    };

    /// Starts the session and takes over the server's HTML.
    #[wasm_bindgen]
    pub fn hydrate() {
        browser::start(CALLS);
        leptos::mount::hydrate_from(place(), ui::App).forget();
    }

    /// Starts the session and draws the app into the empty place, as for somebody unknown.
    #[wasm_bindgen]
    pub fn mount() {
        browser::start(CALLS);
        let begun_anew = || {
            provide_context(ui::written_rules().unwrap_or_default());
            ui::App()
        };
        leptos::mount::mount_to(place(), begun_anew).forget();
    }

    /// Lets go of everything: the page began anew with another module.
    #[wasm_bindgen]
    pub fn abandon() {
        browser::abandon();
    }

    fn place() -> leptos::web_sys::HtmlElement {
        document().get_element_by_id("app").expect("the document has a place for the app").unchecked_into()
    }
}
