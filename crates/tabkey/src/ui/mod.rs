//! The pages, drawn on both sides. Talks to `api`, `browser::session` and `tabkey_core` only. Runs in: both.
//!
//! # Layout, in reading order
//!
//! * [`AccountRoutes`], [`AdminRoutes`]: all the pages at their addresses. [`Overlays`]: what lies over every page.
//! * [`HydrationScripts`], [`Place`]: what the document of an application needs.
//! * [`pages`]: each page by itself. [`parts`]: what they are made of. [`words`]: what they say.

mod document;
mod overlays;
pub mod pages;
pub mod parts;
mod routes;
pub mod words;

pub use document::{HydrationScripts, Place, written_rules};
pub use overlays::Overlays;
pub use routes::{AccountRoutes, AdminRoutes};
