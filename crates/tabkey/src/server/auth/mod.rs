//! Every decision about accounts, sessions and tokens. Knows no HTTP. Runs in: the server.
//!
//! # Layout, in reading order
//!
//! * [`refresh`](mod@refresh): carries out what [`rotate`](tabkey_core::rotate) decides about a refresh token.
//! * [`refresh_token`], [`token`]: the two tokens. [`session`]: how sessions begin, are granted and end.
//! * [`sign_up`](mod@sign_up), [`sign_in`](mod@sign_in), [`sign_out`](mod@sign_out), [`recognise`](mod@recognise),
//!   [`step_up`](mod@step_up), [`continue_session`](mod@continue_session), [`devices`], [`password`], [`users`], [`admin`], [`keys`],
//!   [`recovery`], [`address`], [`activity`], [`account`]: one file a verb or noun. [`post`] sends mails, `links` makes what
//!   leads back from them.
//! * [`hasher`], [`attempts`], [`touch`], [`events`], [`services`]: the state of a node; [`listen`] hands a browser its events; `feed` keeps what it knows of endings up to date,
//!   `announce` tells what happened here.

pub mod account;
pub mod activity;
pub mod address;
pub mod admin;
mod announce;
pub mod attempts;
mod clean_up;
mod client;
mod common;
mod continue_session;
pub mod devices;
pub mod events;
mod feed;
pub mod hasher;
mod kept;
pub mod keys;
mod links;
pub mod listen;
mod new_password;
mod node;
pub mod password;
pub mod post;
mod prove;
pub mod recognise;
pub mod recovery;
pub mod refresh;
pub mod refresh_token;
pub mod services;
pub mod session;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod step_up;
pub mod token;
pub mod touch;
pub mod users;
mod visitor;

use super::clock;
pub use continue_session::continue_session;
pub use node::{Auth, Health, KeyHealth};
pub use recognise::{recognise, verify, who_am_i};
pub use refresh::refresh;
pub use sign_in::sign_in;
pub use sign_out::sign_out;
pub use sign_up::sign_up;
pub use step_up::step_up;
pub use visitor::{Granted, Secret, SignedIn, UNKNOWN_ADDRESS, Visitor};
