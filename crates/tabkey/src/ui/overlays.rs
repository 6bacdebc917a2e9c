//! What lies over every page. Runs in: both.

use leptos::prelude::*;

use super::parts::{Connection, ContinueDialog, DebugPanel, IdleWarning, StepUp};

/// What an application draws once, inside its `Router`, between its bar and its `<main>`: the word that the server can't be
/// reached, the warning before the idle limit, the dialogs that ask for the password. Without it, a call that wants a recent proof
/// of the password fails at once.
#[component]
pub fn Overlays() -> impl IntoView {
    view! {
        <Connection />
        <IdleWarning />
        <ContinueDialog />
        <StepUp />
        <DebugPanel />
    }
}
