//! What a node knows, and does by itself, whoever calls. Runs in: the server.
//!
//! # In reading order
//!
//! * `state`: [`Auth`], all that requests share. `open` opens and closes it, `health` says whether it works.
//! * Its parts: [`hasher`] bears the cost of passwords, `touch` notes use, `kept` keeps a costly count, [`events`] knows the
//!   browsers that listen here, [`services`] the services.
//! * [`feed`]: what any node ended or changed, known here at once. [`service_stream`]: and told to the services.
//! * [`attempts`]: how often somebody may try a password.
//! * [`keys`]: how keys are replaced. `clean_up`: what is forgotten.

pub mod attempts;
mod clean_up;
pub mod events;
pub mod feed;
pub mod hasher;
mod health;
mod kept;
pub mod keys;
mod open;
pub mod service_stream;
pub mod services;
mod state;
mod touch;

pub use health::{Health, KeyHealth};
pub use state::Auth;
