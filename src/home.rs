//! The start page: what this is, or, signed in, what there is to do. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use tabkey::browser::session::use_session;

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
    view! {
        <section class="page hero">
            <h1>
                <span>"Sign in once. "</span>
                <span>"Stay in. "</span>
                <span>"Stay in charge."</span>
            </h1>
            <p class="lead">
                "Tabkey keeps you signed in without leaving a key lying around: the key to your account lives only in "
                "this tab's memory, and every device you use can be switched off in under a second."
            </p>
            <p class="actions">
                <A href="/sign-up" attr:class="button button-primary">
                    "Create an account"
                </A>
                <A href="/sign-in" attr:class="button">
                    "Sign in"
                </A>
            </p>
            <ul class="cards" role="list">
                <li class="card">
                    <h2>"Nothing to steal"</h2>
                    <p>"No key in the browser's storage, in a page or in an address. Close the tab and it is gone."</p>
                </li>
                <li class="card">
                    <h2>"No surprise sign-outs"</h2>
                    <p>"Twenty tabs, a dropped connection, a laptop that slept: you stay signed in until you say otherwise."</p>
                </li>
                <li class="card">
                    <h2>"Every device in view"</h2>
                    <p>"See where you are signed in, and switch any of it off. It goes dark at once, everywhere."</p>
                </li>
            </ul>
        </section>
    }
}

#[component]
fn Welcome() -> impl IntoView {
    let session = use_session();
    let name = move || session.user().map(|user| user.display_name).unwrap_or_default();
    view! {
        <section class="page">
            <h1>"Hello, " {name}</h1>
            <p class="lead">"You are signed in on this device. Here is what you can do."</p>
            <ul class="cards" role="list">
                <li>
                    <A href="/devices" attr:class="card card-link">
                        <h2>"Look at your devices"</h2>
                        <p>"Everywhere you are signed in. Give a device a name, or sign it out."</p>
                    </A>
                </li>
                <li>
                    <A href="/account" attr:class="card card-link">
                        <h2>"Look after your account"</h2>
                        <p>"Your details, and a new password when it is time for one."</p>
                    </A>
                </li>
                <li>
                    <A href="/activity" attr:class="card card-link">
                        <h2>"See what happened"</h2>
                        <p>"Every sign-in and every change. Something that wasn’t you? Say so."</p>
                    </A>
                </li>
            </ul>
        </section>
    }
}
