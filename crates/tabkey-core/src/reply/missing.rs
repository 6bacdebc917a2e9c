//! A page that turns out, while it is drawn, not to be there. Runs in: both; in the browser nothing comes of it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Marked by a page, and read by the server, which then answers 404.
#[derive(Clone, Debug, Default)]
pub struct Missing(Arc<AtomicBool>);

impl Missing {
    pub fn mark(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_marked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
