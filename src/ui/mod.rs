//! The pages, drawn on both sides. Talks to `api`, `shared` and `browser::session` only. Runs in: both.

mod app;

pub use app::{App, shell};
