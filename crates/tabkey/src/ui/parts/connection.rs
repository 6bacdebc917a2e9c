//! Says so when the server cannot be reached, and when the browser keeps nothing of a sign-in. Runs in: both.

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
                session
                    .degraded()
                    .then(|| {
                        if session.is_signed_in() {
                            "The server can’t be reached right now. You stay signed in; we keep trying."
                        } else {
                            "The server can’t be reached right now. We keep trying."
                        }
                    })
            }}
            {move || session.is_covered().then_some("One moment: seeing whether you’re still signed in.")}
            {move || {
                session
                    .is_forgotten()
                    .then_some(
                        "This browser doesn’t keep cookies for this site, so you’ll be signed out when you reload. Allow cookies for it, or open it with https.",
                    )
            }}
        </div>
    }
}
