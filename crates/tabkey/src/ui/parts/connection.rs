//! Says so when the server cannot be reached, and when the browser keeps nothing of a sign-in. Runs in: both.

use leptos::prelude::*;

use crate::{
    browser::session::{Status, use_session},
    ui::words::words,
};

#[component]
pub fn Connection() -> impl IntoView {
    let session = use_session();
    let words = &words().connection;
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
                            words.lost_signed_in
                        } else {
                            words.lost
                        }
                    })
            }}
            {move || session.is_covered().then_some(words.covered)}
            {move || session.is_forgotten().then_some(words.forgetful)}
        </div>
    }
}
