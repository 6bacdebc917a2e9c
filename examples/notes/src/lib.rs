//! Notes: an application on Tabkey. Runs in: both.

#![recursion_limit = "256"]

pub mod notes;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod table;

#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    tabkey::hydrate(pages::App);
}

/// What is ours beside Tabkey's; the tests start it too.
#[cfg(feature = "ssr")]
pub fn application() -> tabkey::Application<impl leptos::IntoView + 'static, impl leptos::IntoView + 'static> {
    tabkey::Application::new(env!("CARGO_PKG_NAME"), pages::App, pages::shell)
        .version(env!("CARGO_PKG_VERSION"))
        .migrations(sqlx::migrate!())
        .hooks(table::Keeper)
        .settings::<notes::Settings>()
        .routes(axum::Router::new().route("/notes.csv", axum::routing::get(notes::csv)))
}
