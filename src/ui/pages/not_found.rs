//! An address that leads nowhere; the server answers it with 404. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

#[component]
pub fn NotFound() -> impl IntoView {
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
