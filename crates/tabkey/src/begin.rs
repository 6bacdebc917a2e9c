//! What the page's script calls once the WASM is there (`ui/document/begin.js`). Runs in: the browser.

use leptos::{
    prelude::{IntoView, document, provide_context},
    wasm_bindgen::JsCast,
    web_sys::HtmlElement,
};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{api, browser, ui};

const CALLS: browser::Calls = browser::Calls {
    refresh: |token| Box::pin(browser::fetch_grant("/api/refresh", token)),
    report_use: || Box::pin(async { api::who_am_i().await.map(drop) }),
    events: Some("/api/events"),
    sign_out: "/api/sign_out",
};

/// Starts the session, and brings the page to life: takes over the server's HTML, or draws the app anew, as for somebody unknown,
/// where the page's script has emptied its place. An application calls it in the one function that it exports:
///
/// ```ignore
/// #[wasm_bindgen::prelude::wasm_bindgen]
/// pub fn hydrate() {
///     tabkey::hydrate(app::App);
/// }
/// ```
pub fn hydrate<V: IntoView + 'static>(app: fn() -> V) {
    browser::start(CALLS);
    let place = place();
    if place.has_child_nodes() {
        leptos::mount::hydrate_from(place, app).forget();
    } else {
        let begun_anew = move || {
            provide_context(ui::written_rules().unwrap_or_default());
            app()
        };
        leptos::mount::mount_to(place, begun_anew).forget();
    }
}

/// Lets go of everything: the page begins anew with another module.
#[wasm_bindgen]
pub fn tabkey_abandon() {
    browser::abandon();
}

/// Where [`ui::Place`] put the app: `begin.js` runs in no document without one.
fn place() -> HtmlElement {
    document().get_element_by_id("app").expect("the document has a <Place>").unchecked_into()
}
