//! The document, the pages, the words. Runs in: both.

use leptos::{prelude::*, task::spawn_local};
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    components::{A, Route, Router, Routes},
    path,
};
use server_fn::codec::TextStream;
use tabkey::{
    download, follow, provide_session,
    ui::{
        AccountRoutes, AdminRoutes, HydrationScripts, Overlays, Place,
        pages::NotFound,
        parts::{Allowed, Failed, Protected, UserMenu, WhySignedOut},
        words::{ENGLISH, Words, provide_words},
    },
};

use crate::notes::{self, Notes};

static WORDS: Words = Words { brand: "Notes", ..ENGLISH };

pub fn shell(options: LeptosOptions) -> impl IntoView {
    provide_words(&WORDS);
    view! {
        <!DOCTYPE html>
        <html lang=WORDS.lang dir=WORDS.dir>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href="/tabkey.css" />
                <link rel="stylesheet" id="leptos" href=concat!("/pkg/", env!("CARGO_PKG_NAME"), ".css") />
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
    provide_words(&WORDS);
    provide_meta_context();
    provide_session();
    view! {
        <Title formatter=|title: String| format!("{title} – {}", WORDS.brand) />
        <a class="skip" href="#main">"Skip to the content"</a>
        <Router>
            <header class="bar">
                <nav class="bar-inner" aria-label=WORDS.nav.menu>
                    <A href="/" attr:class="brand" exact=true><span class="brand-mark" aria-hidden="true"></span><span class="brand-name">{WORDS.brand}</span></A>
                    <Allowed permission=Notes::SeeTotals><A href="/totals" attr:class="bar-link">"Totals"</A></Allowed>
                    <UserMenu />
                </nav>
            </header>
            <Overlays />
            <main id="main" tabindex="-1">
                <WhySignedOut />
                <Routes fallback=NotFound>
                    <Route path=path!("") view=|| view! { <Protected><MyNotes /></Protected> } />
                    <Route path=path!("totals") view=|| view! { <Protected><Totals /></Protected> } />
                    <AccountRoutes />
                    <AdminRoutes />
                </Routes>
            </main>
        </Router>
    }
}

#[component]
fn MyNotes() -> impl IntoView {
    let (mine, add) = (Resource::new(|| (), |()| notes::list()), ServerAction::<notes::AddNote>::new());
    // The list in every tab, on every device: it ends with the session, and with this page.
    follow(async || notes::live().await.map(TextStream::into_inner), move |_: String| mine.refetch());
    let saved = RwSignal::new(Ok(()));
    let save = move |_| spawn_local(async move { saved.set(download("/notes.csv", "notes.csv").await) });
    let failed = move || add.value().get().and_then(Result::err).or_else(|| saved.get().err());
    let items = move || {
        Suspend::new(async move {
            match mine.await {
                Ok(notes) => {
                    notes.into_iter().map(|note| view! { <li class="note">{note}</li> }).collect_view().into_any()
                }
                Err(error) => view! { <Failed error /> }.into_any(),
            }
        })
    };
    view! {
        <Title text="My notes" />
        <section class="page">
            <h1>"My notes"</h1>
            <ActionForm action=add attr:class="form">
                <div class="field">
                    <label for="text">"New note"</label>
                    <input id="text" name="text" required maxlength=notes::LONGEST />
                </div>
                <p class="actions">
                    <button class="button button-primary">"Add"</button>
                    <button class="button" type="button" on:click=save>
                        "Save as CSV"
                    </button>
                </p>
            </ActionForm>
            {move || failed().map(|error| view! { <Failed error /> })}
            <Transition>
                <ul class="notes" role="list">
                    {items}
                </ul>
            </Transition>
        </section>
    }
}

#[component]
fn Totals() -> impl IntoView {
    view! {
        <Allowed permission=Notes::SeeTotals otherwise=NotFound>
            <Title text="Totals" />
            <section class="page">
                <h1>"Totals"</h1>
                <TotalsTable />
            </section>
        </Allowed>
    }
}

/// A component of its own, so that it asks once somebody may know.
#[component]
fn TotalsTable() -> impl IntoView {
    let totals = Resource::new(|| (), |()| notes::totals());
    let rows = move || {
        Suspend::new(async move {
            let row = |(email, count)| view! { <tr><td>{email}</td><td>{count}</td></tr> };
            match totals.await {
                Ok(totals) => totals.into_iter().map(row).collect_view().into_any(),
                Err(error) => view! { <tr><td colspan="2"><Failed error /></td></tr> }.into_any(),
            }
        })
    };
    view! {
        <div class="table" tabindex="0" role="region" aria-label="Totals">
        <table>
            <thead>
                <tr>
                    <th scope="col">"Account"</th>
                    <th scope="col">"Notes"</th>
                </tr>
            </thead>
            <tbody>
                <Transition>{rows}</Transition>
            </tbody>
        </table>
        </div>
    }
}
