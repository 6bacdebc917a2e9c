//! Who calls: what a request says of them, and the tokens that they hold. Runs in: the server.

pub mod access_token;
pub mod client;
pub mod refresh_token;
pub mod visitor;

pub use access_token::{Subject, Tokens};
pub use visitor::{Granted, Secret, SignedIn, UNKNOWN_ADDRESS, Visitor};
