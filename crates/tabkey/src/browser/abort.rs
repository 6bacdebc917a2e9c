//! Giving up a call: what nobody waits for any more keeps no connection. Runs in: the browser.

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use web_sys::{AbortController, AbortSignal};

use tabkey_core::Error;

/// Aborts its call when it is dropped; a call that is through does not notice.
pub struct Abort(Option<AbortController>);

impl Abort {
    pub fn new() -> Self {
        Self(AbortController::new().ok())
    }

    pub fn signal(&self) -> Option<AbortSignal> {
        self.0.as_ref().map(AbortController::signal)
    }

    /// Lets the call go on without it.
    pub fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

/// What `call` brings within so many milliseconds. Errors: `offline` after them.
pub async fn within<T>(patience: u32, call: impl Future<Output = T>) -> Result<T, Error> {
    match select(std::pin::pin!(call), TimeoutFuture::new(patience)).await {
        Either::Left((answer, _)) => Ok(answer),
        Either::Right(_) => Err(Error::Offline),
    }
}
