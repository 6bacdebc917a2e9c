//! The shape of what is coming. Runs in: both.

use leptos::prelude::*;

use crate::ui::words::words;

#[component]
pub fn Skeleton(
    /// Blocks under the heading.
    rows: usize,
) -> impl IntoView {
    view! {
        <div class="page skeleton" role="status" aria-label=words().forms.loading>
            <div class="skeleton-title"></div>
            {(0..rows).map(|_| view! { <div class="skeleton-row"></div> }).collect_view()}
        </div>
    }
}
