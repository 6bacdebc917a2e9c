//! Accounts: made, kept safe, looked after, ended. Runs in: the server.

pub mod activity;
pub mod address;
pub mod admin;
mod common;
mod export;
mod links;
mod new_password;
pub mod password;
pub mod post;
pub mod recovery;
mod sign_up;
pub mod users;

pub use export::{delete, export, look};
pub use sign_up::sign_up;
