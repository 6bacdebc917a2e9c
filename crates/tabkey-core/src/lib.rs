//! What both halves of Tabkey decide and agree on: plain data, no I/O, no async, no framework; the model checker runs it.
//! Runs in: both.
//!
//! # Layout, in reading order
//!
//! * [`rotate`](mod@rotate): what a presented refresh token is worth, on the server.
//! * [`machine`]: what a tab does next, in the browser.
//! * `person`: addresses, names, passwords, roles and what each may do. `session`: tokens, devices, endings, and what a page is
//!   drawn with. `reply`: what a call is refused with, and what a form hands on.
//! * `local_path`: where a redirect may lead. [`link_life`]: how long a link in a mail works. `text`: what no text of a stranger may hold.
//!
//! # Features
//!
//! None is on by default. Each gives [`Error`] what only the crate that defines it may: `axum` makes it a response, `server_fn`
//! the error of a server function, `sqlx` lets `?` turn a failure of the database into it.

pub mod link_life;
mod local_path;
pub mod machine;
mod person;
mod reply;
pub mod rotate;
mod session;
mod text;

pub use local_path::{LocalPath, stays_here};
pub use person::*;
pub use reply::*;
pub use session::*;

/// Sent with the calls that a page makes by itself while nobody uses it: they keep no session from its idle limit.
pub const BACKGROUND_HEADER: &str = "tabkey-background";
