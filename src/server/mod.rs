//! What a node does: `http` → `auth` → `store`, never back. Runs in: the server.

pub mod auth;
pub mod config;
pub mod http;
pub mod keys;
pub mod store;
