//! What an application provides to its own calls and pages. Runs in: the server.

use std::sync::Arc;

/// Run before each of them, in the order in which they were added.
#[derive(Clone, Default)]
pub struct Own(Arc<[Provide]>);

/// Calls `provide_context`.
pub type Provide = Arc<dyn Fn() + Send + Sync>;

impl Own {
    pub fn add(&mut self, provide: Provide) {
        self.0 = self.0.iter().cloned().chain([provide]).collect();
    }

    /// Within the context of a call or a page.
    pub fn provide(&self) {
        self.0.iter().for_each(|provide| provide());
    }
}
