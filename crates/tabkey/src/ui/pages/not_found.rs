//! An address that leads nowhere, or nowhere for this person; the server answers it with 404. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{browser::session::use_session, ui::words::words};
use tabkey_core::Missing;

/// An address that no route of the app matches may still lead somewhere on the server: whom the app's own router brought
/// here, the browser loads it. Where the page holds the session, that would end it, and the page stays.
#[component]
pub fn NotFound() -> impl IntoView {
    if let Some(missing) = use_context::<Missing>() {
        missing.mark();
    }
    let session = use_session();
    let words = &words().not_found;
    // On the first page the server has answered already.
    let was_walked_to = session.was_ready();
    Effect::new(move |_| {
        if was_walked_to && session.profile().keeps_cookies() {
            let _ = window().location().reload();
        }
    });
    view! {
        <Title text=words.title />
        <section class="page page-narrow empty">
            <p class="empty-code" aria-hidden="true">
                "404"
            </p>
            <h1>{words.heading}</h1>
            <p class="lead">{words.text}</p>
            <A href="/" attr:class="button button-primary">
                {words.home}
            </A>
        </section>
    }
}
