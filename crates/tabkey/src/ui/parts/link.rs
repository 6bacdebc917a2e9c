//! What a page does with the token of the link that led to it. Runs in: both.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use wasm_bindgen::JsValue;

use super::Notice;
use crate::ui::words::words;

/// The `token` of the address; empty where there is none.
/// Server-side rendering: the form is drawn with it. In the browser the address loses it as soon as the page has it:
/// histories, synchronised tabs and screenshots would keep it. Whoever loads the page again is told to open the link again.
pub fn use_link_token() -> Signal<String> {
    let token = use_query_map().with_untracked(|query| query.get("token")).unwrap_or_default();
    let is_there = !token.is_empty();
    Effect::new(move |_| {
        if is_there {
            forget_address("");
        }
    });
    Signal::stored(token)
}

/// The same page and the same entry of the history, with this query.
pub fn forget_address(query: &str) {
    let window = window();
    if let (Ok(history), Ok(path)) = (window.history(), window.location().pathname()) {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(&format!("{path}{query}")));
    }
}

/// What a form brings of the link: its token, and, as such a page sends no `Referer`, where a form without the WASM leads
/// back to.
#[component]
pub fn LinkFields(#[prop(into)] token: Signal<String>, page: &'static str) -> impl IntoView {
    view! {
        <input type="hidden" name="page" value=page />
        <input type="hidden" name="token" value=move || token.get() />
    }
}

/// Instead of a form that could do nothing.
#[component]
pub fn LinkMissing() -> impl IntoView {
    view! {
        <Notice kind="info">{words().links.missing}</Notice>
    }
}
