//! The pages, drawn on both sides. Talks to `api`, `shared` and `browser::session` only. Runs in: both.

mod app;
mod pages;
mod parts;
mod words;

pub use app::{App, shell};
