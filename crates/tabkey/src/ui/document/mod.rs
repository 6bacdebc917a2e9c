//! The HTML document around the app, and how it comes to life. Runs in: both; drawn by the server alone.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use super::{App, words};
use crate::shared::{Drawn, DrawnFor};

/// What every page brings to life.
const BEGIN: &str = include_str!("begin.js");
const OLD: &str = include_str!("old.js");

/// The HTML document around the app. What others put into the body beside the app (a password manager's icon, a translator's
/// bar) is not counted when it is hydrated.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta
                    name="description"
                    content="Sign-in for Leptos apps: tokens in memory, renewed silently, revocable at once."
                />
                <meta name="tabkey" content=rules() />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" id="leptos" href="/pkg/tabkey.css" />
                <AutoReload options=options.clone() />
                <Begin options />
                <MetaTags />
            </head>
            <body>
                <div id="app">
                    <App />
                </div>
                <div id="unready" class="unready" role="alert" hidden>
                    <p>
                        "This page isn’t working here. Your browser may be too old, or something may be blocking part of the page. "
                        "Reload it; if that doesn’t help, try another browser, or switch off what changes pages."
                    </p>
                    <button type="button" class="button">
                        "Reload the page"
                    </button>
                </div>
                <noscript>
                    <p class="unready">{without_script()}</p>
                </noscript>
            </body>
        </html>
    }
}

/// What this page can do for whoever has no scripts.
fn without_script() -> &'static str {
    let path = use_context::<http::request::Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default();
    words::without_script(&path, use_context::<Drawn>().unwrap_or_default().profile)
}

/// What a page needs to know that begins anew: the rules of the site, whom it is for not among them. It goes once the page is
/// alive.
fn rules() -> String {
    let drawn = use_context::<Drawn>().unwrap_or_default();
    serde_json::to_string(&Drawn { person: DrawnFor::Unknown, ..drawn }).unwrap_or_default()
}

/// What [`rules`] wrote into the document that the tab shows.
pub fn written_rules() -> Option<Drawn> {
    let meta = document().query_selector("meta[name=tabkey]").ok()??;
    serde_json::from_str(&meta.get_attribute("content")?).ok()
}

/// Loads the module and lets `begin.js` bring the page to life.
#[component]
fn Begin(options: LeptosOptions) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    let [js, wasm] = files(&options);
    let script = BEGIN.replace("JS_FILE", &quoted(&js)).replace("WASM_FILE", &quoted(&wasm));
    view! {
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
