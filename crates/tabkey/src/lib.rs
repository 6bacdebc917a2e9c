//! Sign-in for Leptos apps: the access token lives only in the memory of a browser tab, a refresh cookie that no script
//! can read renews it, and every signed-in device can be switched off at once.
//!
//! # Layout, in reading order
//!
//! * [`tabkey_core`]: plain data, and every decision that both halves agree on. [`tabkey_verifier`](https://docs.rs/tabkey-verifier):
//!   what it takes to trust an access token; a node and another service share it.
//! * [`api`]: the server functions, the seam between the halves.
//! * [`browser`]: what a tab does around its state machine: the interceptor, refresh, timers, other tabs.
//! * `server`: what a node does: HTTP, then decisions, then SQL. Only with the feature `ssr`.
//! * [`times`]: durations and dates, for the words of both. [`ui`]: the pages and their parts, drawn on both sides; each can be
//!   taken, restyled, replaced.

#![recursion_limit = "256"]

pub mod api;
#[cfg(feature = "hydrate")]
mod begin;
#[doc(hidden)]
pub mod browser;
/// Who may call: the first line in the body of a server function. On the server alone: elsewhere nothing is in it, so that a
/// `use` of it may stand at the top of a file that both sides compile.
pub mod guard {
    #[cfg(feature = "ssr")]
    pub use crate::server::http::guard::*;
}
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "testing")]
pub use server::testing;
pub mod times;
pub mod ui;

#[cfg(feature = "hydrate")]
pub use begin::hydrate;
pub use browser::{
    client::TabkeyClient,
    download, follow,
    session::{Session, Status, provide_session, use_session},
};
#[cfg(feature = "ssr")]
pub use server::{Application, auth::SignedIn};
pub use tabkey_core::{
    ADMIN, Account, Device, DeviceName, DisplayName, EVERYBODY, Email, EndReason, Ended, Error, FieldError, Grant,
    LinkFault, LocalPath, Missing, Permission, Permit, Policy, Profile, Role, User,
};

#[doc(hidden)]
#[cfg(feature = "fuzzing")]
pub use server::http::fuzzing;
