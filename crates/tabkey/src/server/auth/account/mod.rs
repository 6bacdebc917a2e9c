//! Accounts: how they are made, kept safe, looked after and ended. Runs in: the server.
//!
//! # In reading order
//!
//! * [`sign_up`](fn@sign_up) makes one.
//! * [`password`] changes the password, [`recovery`] replaces a forgotten one; `new_password` judges it, with the list of
//!   `common` ones.
//! * [`address`]: the email address. [`activity`]: what happened, and "this was not me". [`export`](fn@export): how an
//!   account stands, and a copy of it. [`delete`](fn@delete): its end.
//! * [`users`]: what operators and admins do to accounts. [`admin`]: what admins see.
//! * [`post`] sends the mails, `links` makes what leads back from them.

pub mod activity;
pub mod address;
pub mod admin;
mod common;
mod delete;
mod export;
mod links;
mod new_password;
pub mod password;
pub mod post;
pub mod recovery;
mod sign_up;
pub mod users;

pub use delete::delete;
pub use export::{export, look};
pub use sign_up::sign_up;
