//! Says that the session is about to end because nobody uses it; any input keeps it. Runs in: both.

use leptos::prelude::*;

use crate::{browser::session::use_session, ui::words::words};

#[component]
pub fn IdleWarning() -> impl IntoView {
    let session = use_session();
    let words = words();
    let is_near = Memo::new(move |_| session.idle_left().is_some());
    move || {
        is_near.get().then(|| {
            view! {
                <div class="idle" role="alert" data-testid="idle-warning">
                    <p>{words.idle.text}</p>
                    // A screen reader need not hear every second.
                    <p aria-hidden="true">{move || session.idle_left().map(words.times.seconds_left)}</p>
                    <button type="button" class="button">
                        {words.idle.stay}
                    </button>
                </div>
            }
        })
    }
}
