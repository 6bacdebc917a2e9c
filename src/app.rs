//! The document, the app and the route table. Runs in: both.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    components::{Route, Router, Routes},
    path,
};
use tabkey::{
    browser::session::provide_session,
    ui::{
        AccountRoutes, AdminRoutes, HydrationScripts, Overlays, Place, pages::NotFound, parts::WhySignedOut,
        words::words,
    },
};

use crate::{home::Home, nav::Nav};

/// The HTML document around the app; the server alone draws it.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let words = words();
    view! {
        <!DOCTYPE html>
        <html lang=words.lang dir=words.dir>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=words.document.description />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" id="leptos" href="/pkg/tabkey.css" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <Place>
                    <App />
                </Place>
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_session();
    let words = words();
    view! {
        <Title formatter=|title: String| if title.is_empty() { words.brand.into() } else { format!("{title} · {}", words.brand) } />
        <a class="skip" href="#main">
            {words.nav.skip}
        </a>
        <Router>
            <Nav />
            <Overlays />
            <main id="main" tabindex="-1">
                <WhySignedOut />
                <Routes fallback=|| view! { <NotFound /> }>
                    <Route path=path!("") view=Home />
                    <AccountRoutes />
                    <AdminRoutes />
                </Routes>
            </main>
        </Router>
    }
}
