//! What a tab does. It knows no endpoint but the calls handed to [`start`]. Runs in: the browser (compiles everywhere).

pub mod client;
pub mod session;

use std::{future::Future, pin::Pin};

use crate::shared::{Error, Grant};

/// A call under way.
pub type Reply<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// The calls that the browser half makes by itself.
#[derive(Clone, Copy)]
pub struct Calls {
    pub refresh: fn() -> Reply<Grant>,
}

/// Starts the tab's session; once per page, before hydration.
pub fn start(_calls: Calls) {}
