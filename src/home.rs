//! The start page: what this is, or, signed in, what there is to do. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use tabkey::{browser::session::use_session, ui::words::words};

use crate::words::HOME;

#[component]
pub fn Home() -> impl IntoView {
    let session = use_session();
    // Whoever is not known is a visitor: what they see is nobody's secret.
    let is_signed_in = Memo::new(move |_| session.is_signed_in());
    view! {
        <Title text="" />
        {move || {
            if is_signed_in.get() { view! { <Welcome /> }.into_any() } else { view! { <Introduction /> }.into_any() }
        }}
    }
}

#[component]
fn Introduction() -> impl IntoView {
    let words = words();
    let said = &HOME;
    let is_open = use_session().site().sign_up;
    view! {
        <section class="page hero">
            <h1>
                {said.headline.map(|part| view! { <span>{part}</span> })}
            </h1>
            <p class="lead">{(said.introduction)(words.brand)}</p>
            <p class="actions">
                {is_open
                    .then(|| {
                        view! {
                            <A href="/sign-up" attr:class="button button-primary">
                                {said.sign_up}
                            </A>
                        }
                    })}
                <A href="/sign-in" attr:class=if is_open { "button" } else { "button button-primary" }>
                    {said.sign_in}
                </A>
            </p>
            <ul class="cards" role="list">
                <li class="card">
                    <h2>{said.no_key}</h2>
                    <p>{said.no_key_text}</p>
                </li>
                <li class="card">
                    <h2>{said.no_surprise}</h2>
                    <p>{said.no_surprise_text}</p>
                </li>
                <li class="card">
                    <h2>{said.in_view}</h2>
                    <p>{said.in_view_text}</p>
                </li>
            </ul>
        </section>
    }
}

#[component]
fn Welcome() -> impl IntoView {
    let session = use_session();
    let words = &HOME;
    let name = move || session.user().map(|user| user.display_name).unwrap_or_default();
    view! {
        <section class="page">
            <h1>{move || (words.hello)(&name())}</h1>
            <p class="lead">{words.signed_in}</p>
            <ul class="cards" role="list">
                <li>
                    <A href="/devices" attr:class="card card-link">
                        <h2>{words.devices}</h2>
                        <p>{words.devices_text}</p>
                    </A>
                </li>
                <li>
                    <A href="/account" attr:class="card card-link">
                        <h2>{words.account}</h2>
                        <p>{words.account_text}</p>
                    </A>
                </li>
                <li>
                    <A href="/activity" attr:class="card card-link">
                        <h2>{words.activity}</h2>
                        <p>{words.activity_text}</p>
                    </A>
                </li>
            </ul>
        </section>
    }
}
