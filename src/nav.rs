//! The bar at the top. Runs in: both.

use leptos::prelude::*;
use leptos_router::components::A;
use tabkey::ui::{parts::UserMenu, words::words};

#[component]
pub fn Nav() -> impl IntoView {
    let words = words();
    view! {
        <header class="bar">
            <nav class="bar-inner" aria-label=words.nav.menu>
                <A href="/" attr:class="brand" exact=true>
                    <span class="brand-mark" aria-hidden="true"></span>
                    <span class="brand-name">{words.brand}</span>
                </A>
                <UserMenu />
            </nav>
        </header>
    }
}
