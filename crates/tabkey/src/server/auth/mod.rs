//! Every decision about accounts, sessions and tokens. Knows no HTTP. Runs in: the server.
//!
//! # Layout, from the ground up: no room knows of those that follow
//!
//! * [`caller`]: who calls, and the two tokens.
//! * [`node`]: what a node knows, and does by itself.
//! * [`session`]: how sessions begin, go on, are recognised and end.
//! * [`account`](mod@account): how accounts are made, kept safe, looked after and ended.

pub mod account;
pub mod caller;
pub mod node;
pub mod session;

pub use account::{activity, address, admin, password, post, recovery, sign_up, users};
pub use caller::{Granted, Secret, SignedIn, UNKNOWN_ADDRESS, Visitor, refresh_token};
pub use node::{Auth, Health, KeyHealth, events, hasher, keys, services, touch};
pub use session::{
    continue_session, devices, listen, recognise, refresh, sign_in, sign_out, step_up, verify, who_am_i,
};
