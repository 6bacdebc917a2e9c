//! Sessions: how they begin, go on, are recognised and end. Runs in: the server.

pub mod announce;
mod continue_session;
pub mod devices;
pub mod listen;
pub mod prove;
pub mod recognise;
mod record;
mod refresh;
mod sign_in;
mod sign_out;
pub mod step_up;

pub use continue_session::continue_session;
pub use recognise::{recognise, verify, who_am_i};
pub use record::{Grantee, begin, ending, event, find, grant, last_session_over, last_token_dead, over, presented};
pub use refresh::refresh;
pub use sign_in::sign_in;
pub use sign_out::sign_out;
pub use step_up::step_up;
