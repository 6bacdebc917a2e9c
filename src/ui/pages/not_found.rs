//! An address that leads nowhere, or nowhere for this person; the server answers it with 404. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::shared::Missing;

#[component]
pub fn NotFound() -> impl IntoView {
    if let Some(missing) = use_context::<Missing>() {
        missing.mark();
    }
    view! {
        <Title text="Not found" />
        <section class="page page-narrow empty">
            <p class="empty-code" aria-hidden="true">
                "404"
            </p>
            <h1>"There is nothing here"</h1>
            <p class="lead">"The address may be mistyped, or the page has moved."</p>
            <A href="/" attr:class="button button-primary">
                "Go to the start page"
            </A>
        </section>
    }
}
