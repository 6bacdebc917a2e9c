//! The way to other pages of a long list. Runs in: both.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::ui::words::words;

#[component]
pub fn Pages(
    /// The address of the first page, on another one.
    first: Option<String>,
    first_label: &'static str,
    /// The address of the next page, where there is one.
    next: Option<String>,
    next_label: &'static str,
) -> impl IntoView {
    let link = |href: Option<String>, label| href.map(|href| view! { <A href attr:class="button">{label}</A> });
    view! {
        <nav class="actions" aria-label=words().forms.pages>
            {link(first, first_label)} {link(next, next_label)}
        </nav>
    }
}
