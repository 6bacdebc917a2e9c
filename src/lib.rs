//! Tabkey as it runs, and the first application on the kit: its document, its start page, its bar. Runs in: both.

#![recursion_limit = "256"]

pub mod app;
mod home;
mod nav;
mod words;

#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    tabkey::hydrate(app::App);
}
