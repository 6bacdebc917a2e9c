//! Says so when the server cannot be reached; the session stays. Runs in: both.

use leptos::prelude::*;

use crate::browser::session::{Status, use_session};

#[component]
pub fn Connection() -> impl IntoView {
    let session = use_session();
    let status = move || match session.status() {
        Status::Unknown => "unknown",
        Status::SignedOut(_) => "signed_out",
        Status::SignedIn => "signed_in",
    };
    view! {
        <div
            class="connection"
            role="status"
            data-testid="session-status"
            data-status=status
            data-degraded=move || session.degraded().to_string()
        >
            {move || {
                session.degraded().then_some("The server can’t be reached right now. You stay signed in; we keep trying.")
            }}
        </div>
    }
}
