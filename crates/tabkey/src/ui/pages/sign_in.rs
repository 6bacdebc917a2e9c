//! Signing in, and why one has to. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    browser::session::use_session,
    ui::{
        parts::{
            DoneNotice, Field, FormNotice, PasswordField, Submission, SubmitButton, VisitorsOnly, field_value,
            with_next,
        },
        words,
    },
};

#[component]
pub fn SignIn() -> impl IntoView {
    view! {
        <Title text="Sign in" />
        <VisitorsOnly form=|next| view! { <SignInForm next /> }.into_any() />
    }
}

#[component]
fn SignInForm(next: String) -> impl IntoView {
    let session = use_session();
    let form = Submission::from_address();
    // Until the next try.
    let outcome = RwSignal::new(session.outcome());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        outcome.set(None);
        let (email, password) = (field_value(&event, "email"), field_value(&event, "password"));
        // The box says `false` when it is ticked and nothing when it is not.
        let remember = Some(field_value(&event, "remember")).filter(|value| !value.is_empty());
        form.send(session.in_turn(api::sign_in(email, password, remember)), move |grant| session.granted(grant));
    };
    let keeps_cookies = session.profile().keeps_cookies();
    let is_ticked = form.typed("remember").is_some_and(|remember| remember == "false");
    let sign_up = with_next("/sign-up", &next);
    view! {
        <section class="page page-narrow">
            <h1>"Sign in"</h1>
            <DoneNotice outcome />
            <FormNotice form />
            <form class="form" method="post" action="/api/sign_in" on:submit=submit novalidate>
                <input type="hidden" name="next" value=next />
                <Field form name="email" label="Email" kind="email" autocomplete="username" />
                <PasswordField form name="password" label="Password" autocomplete="current-password" />
                {if keeps_cookies { view! { <SharedComputer is_ticked /> }.into_any() } else { view! { <OnePage /> }.into_any() }}
                <SubmitButton form label="Sign in" busy="Signing in…" with_token=!keeps_cookies />
            </form>
            <p class="aside"><a href="/forgot-password">"Forgotten your password?"</a></p>
            <p class="aside">"New here? " <a href=sign_up>"Create an account"</a></p>
        </section>
    }
}

#[component]
fn SharedComputer(is_ticked: bool) -> impl IntoView {
    let idle = words::duration(use_session().site().shared_idle);
    view! {
        <label class="check">
            <input type="checkbox" name="remember" value="false" checked=is_ticked />
            <span>
                "This is a shared computer"
                <small>"You are signed out after " {idle} " without use, or when the browser is closed."</small>
            </span>
        </label>
    }
}

/// Where nothing outlives the page, there is nothing to choose.
#[component]
fn OnePage() -> impl IntoView {
    view! { <p class="hint">"You are signed out when you close this page or load it anew."</p> }
}
