//! Sessions: how they begin, go on, are recognised and end. Runs in: the server.
//!
//! # In reading order
//!
//! * [`refresh`](fn@refresh): carries out what [`rotate`](tabkey_core::rotate) decides about a refresh token.
//! * `record`: a session as the database knows it. `genuine`: what the tokens of a call say. `grant`: how a session begins,
//!   and both of its tokens.
//! * [`recognise`](mod@recognise): who somebody is, at every call.
//! * [`prove`]: whether somebody knows the password, for [`sign_in`](fn@sign_in), [`step_up`](mod@step_up) and
//!   [`continue_session`](fn@continue_session).
//! * [`devices`]: sessions as their owner sees them. [`sign_out`](fn@sign_out): the end of the one at hand.
//! * [`announce`]: what began or ended is made known. [`listen`]: and heard by browsers.

pub mod announce;
mod continue_session;
pub mod devices;
mod genuine;
mod grant;
pub mod listen;
pub mod prove;
pub mod recognise;
mod record;
mod refresh;
mod sign_in;
mod sign_out;
pub mod step_up;

pub use continue_session::continue_session;
pub use grant::{Grantee, begin, grant};
pub use recognise::{recognise, verify, who_am_i};
pub use record::ending;
pub use refresh::refresh;
pub use sign_in::sign_in;
pub use sign_out::sign_out;
pub use step_up::step_up;
