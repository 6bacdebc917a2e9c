//! The pages, drawn on both sides. Talks to `api`, `shared` and `browser::session` only. Runs in: both.

mod app;
mod document;
mod pages;
mod parts;
mod words;

pub use app::App;
pub use document::{shell, written_rules};
