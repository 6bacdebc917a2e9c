//! Says that the session is about to end because nobody uses it; any input keeps it. Runs in: both.

use leptos::prelude::*;

use crate::browser::session::use_session;

#[component]
pub fn IdleWarning() -> impl IntoView {
    let session = use_session();
    let is_near = Memo::new(move |_| session.idle_left().is_some());
    move || {
        is_near.get().then(|| {
            view! {
                <div class="idle" role="alert" data-testid="idle-warning">
                    <p>"Are you still there? You will be signed out soon because nobody uses this page."</p>
                    // A screen reader need not hear every second.
                    <p aria-hidden="true">{move || session.idle_left()} " s"</p>
                    <button type="button" class="button">
                        "Stay signed in"
                    </button>
                </div>
            }
        })
    }
}
