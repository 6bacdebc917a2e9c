//! What a node knows and does by itself, whoever calls. Runs in: the server.

pub mod attempts;
mod clean_up;
pub mod events;
pub mod feed;
pub mod hasher;
mod kept;
pub mod keys;
pub mod services;
mod state;
pub mod touch;

pub use state::{Auth, Health, KeyHealth};
