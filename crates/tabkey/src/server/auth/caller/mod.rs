//! Who calls: what a request says of them, and the tokens that they hold. Runs in: the server.
//!
//! # In reading order
//!
//! * `visitor`: who asks, before and after the guard, and what they are given.
//! * [`client`]: what a person would call the thing they sit at.
//! * `access_token`, [`refresh_token`]: the two tokens, made and read without a database.
//! * `event`: a line of the security log about them.

mod access_token;
pub mod client;
mod event;
pub mod refresh_token;
mod visitor;

pub use access_token::{Subject, Tokens};
pub use event::event;
pub use visitor::{By, Granted, Secret, SignedIn, UNKNOWN_ADDRESS, Visitor};
