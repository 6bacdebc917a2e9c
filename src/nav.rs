//! The bar at the top. Runs in: both.

use leptos::prelude::*;
use leptos_router::components::A;
use tabkey::ui::parts::UserMenu;

#[component]
pub fn Nav() -> impl IntoView {
    view! {
        <header class="bar">
            <nav class="bar-inner" aria-label="Main">
                <A href="/" attr:class="brand" exact=true>
                    <span class="brand-mark" aria-hidden="true"></span>
                    <span class="brand-name">"Tabkey"</span>
                </A>
                <UserMenu />
            </nav>
        </header>
    }
}
