//! What the document around the app needs, so that it comes to life. Runs in: both; drawn by the server alone.

use leptos::prelude::*;

use super::words::{Words, words};
use tabkey_core::{Drawn, DrawnFor};

/// What every page brings to life.
const BEGIN: &str = include_str!("begin.js");
const OLD: &str = include_str!("old.js");

/// The place of the app in the body. What others put beside it (a password manager's icon, a translator's bar) is not counted when
/// the app is hydrated; what to do is said where nothing brings it to life.
#[component]
pub fn Place(children: Children) -> impl IntoView {
    let words = words();
    let said = &words.document;
    view! {
        <div id="app">{children()}</div>
        <div id="unready" class="unready" role="alert" hidden>
            <p>{said.unready}</p>
            <button type="button" class="button">
                {said.reload}
            </button>
        </div>
        <noscript>
            <p class="unready">{without_script(words)}</p>
        </noscript>
    }
}

/// What this page can do for whoever has no scripts.
fn without_script(words: &Words) -> &'static str {
    let path = use_context::<http::request::Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default();
    words.without_script(&path, use_context::<Drawn>().unwrap_or_default().profile)
}

/// What a page needs to know that begins anew: the rules of the site, whom it is for not among them. It goes once the page is
/// alive.
fn rules() -> String {
    let drawn = use_context::<Drawn>().unwrap_or_default();
    serde_json::to_string(&Drawn { person: DrawnFor::Unknown, ..drawn }).unwrap_or_default()
}

/// What `rules` wrote into the document that the tab shows.
pub fn written_rules() -> Option<Drawn> {
    let meta = document().query_selector("meta[name=tabkey]").ok()??;
    serde_json::from_str(&meta.get_attribute("content")?).ok()
}

/// In the `<head>`, instead of the framework's own: loads the module, and `begin.js` brings the page to life whatever touched it.
#[component]
pub fn HydrationScripts(options: LeptosOptions) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    let [js, wasm] = files(&options);
    let script = BEGIN.replace("JS_FILE", &quoted(&js)).replace("WASM_FILE", &quoted(&wasm));
    view! {
        <meta name="tabkey" content=rules() />
        <link rel="modulepreload" href=js nonce=nonce.clone() />
        <script type="module" nonce=nonce.clone() inner_html=script />
        <script nomodule nonce=nonce inner_html=OLD />
    }
}

/// The script and the WASM that the build put into the site's folder.
fn files(options: &LeptosOptions) -> [String; 2] {
    ["js", "wasm"].map(|kind| format!("/{}/{}.{kind}", options.site_pkg_dir, options.output_name))
}

fn quoted(name: &str) -> String {
    serde_json::to_string(name).unwrap_or_default()
}
