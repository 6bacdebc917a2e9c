//! What a tab does. It knows no endpoint but the calls handed to [`start`]. Runs in: the browser (compiles everywhere).
//!
//! # Layout: a ladder, and nobody knows who stands above
//!
//! * [`session`]: the signals that pages read. `run`: how an event passes through the machine; `carry_out`: what it decided.
//! * `refresh`, `events`: the calls that a tab makes by itself. `step_up`: where calls wait for the password. [`client`]: the
//!   interceptor; [`request`]: what it sends, [`response`]: what it gets. `download` saves a file through it, `follow` listens
//!   to a stream.
//! * `tab`: holds the state and the tokens; `held`: what of them goes into a call where no cookie does.
//! * [`machine`]: every decision, pure. `shown`: what a page shows.
//! * `abort`, `clock`, `hint`, `listen`, `lock`, `memory`, `peers`: one file a browser interface.

mod abort;
mod carry_out;
pub mod client;
mod clock;
mod download;
mod events;
mod follow;
mod held;
mod hint;
mod listen;
mod lock;
mod memory;
mod peers;
mod refresh;
pub mod request;
pub mod response;
mod run;
pub mod session;
mod shown;
mod step_up;
mod tab;

use std::{future::Future, pin::Pin};

use tabkey_core::{Error, Grant, RefreshToken};

pub use tabkey_core::machine;

pub use download::download;
pub use follow::follow;
pub use refresh::fetch_grant;
pub use run::{abandon, start};

/// A call under way.
pub type Reply<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// The calls that the browser half makes by itself.
#[derive(Clone, Copy)]
pub struct Calls {
    /// With the refresh token where no cookie carries it.
    pub refresh: fn(Option<RefreshToken>) -> Reply<Grant>,
    /// An authenticated call that the server counts as use by a person.
    pub report_use: fn() -> Reply<()>,
    /// Path of the event stream, which no server function can be; `None` where the application has none.
    pub events: Option<&'static str>,
    /// Path of the sign-out call: it is sent with `keepalive`, which server functions cannot do.
    pub sign_out: &'static str,
}
