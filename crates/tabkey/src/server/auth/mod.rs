//! Every decision about accounts, sessions and tokens. Knows no HTTP. Runs in: the server.
//!
//! # Four rooms, each standing on those before it
//!
//! * [`caller`]: who calls, and the two tokens.
//! * [`node`]: the state of a node, what it counts, and what it does by itself.
//! * [`session`]: how sessions begin, go on, are recognised and end. The heart is [`refresh`](fn@refresh).
//! * [`account`]: how accounts are made, kept safe, looked after and ended.
//!
//! What stands outside finds the verbs and nouns here: `auth::sign_in`, `auth::devices`, [`Auth`], [`SignedIn`].

pub mod account;
pub mod caller;
pub mod node;
pub mod session;

pub use account::{activity, address, admin, password, post, recovery, sign_up, users};
pub use caller::{By, Granted, Secret, SignedIn, UNKNOWN_ADDRESS, Visitor, refresh_token};
pub use node::{Auth, Health, KeyHealth, events, hasher, keys, service_stream, services};
pub use session::{
    continue_session, devices, listen, recognise, refresh, sign_in, sign_out, step_up, verify, who_am_i,
};
