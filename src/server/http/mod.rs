//! From a request to a decision and back. Runs in: the server.

pub mod guard;
