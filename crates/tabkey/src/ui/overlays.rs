//! What lies over every page. Runs in: both.

use leptos::prelude::*;

use super::parts::{Connection, ContinueDialog, DebugPanel, IdleWarning, StepUp};
use crate::browser::session::use_session;

/// What an application draws once, inside its `Router`, between its bar and its `<main>`: the word that the server can't be
/// reached, the warning before the idle limit, the dialogs that ask for the password. Without it, a call that wants a recent proof
/// of the password fails at once.
#[component]
pub fn Overlays() -> impl IntoView {
    let session = use_session();
    Effect::new(move |_| cover(session.is_covered()));
    view! {
        <Connection />
        <IdleWarning />
        <ContinueDialog />
        <StepUp />
        <DebugPanel />
    }
}

/// Keeps what is private out of sight: `<html data-covered>`.
fn cover(is_covered: bool) {
    if let Some(root) = document().document_element() {
        let _ = root.toggle_attribute_with_force("data-covered", is_covered);
    }
}
