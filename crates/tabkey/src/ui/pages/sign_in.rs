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
        words::{unless_empty, words},
    },
};

#[component]
pub fn SignIn() -> impl IntoView {
    view! {
        <Title text=words().sign_in.title />
        <VisitorsOnly form=|next| view! { <SignInForm next /> }.into_any() />
    }
}

#[component]
fn SignInForm(next: String) -> impl IntoView {
    let session = use_session();
    let words = words();
    let said = &words.sign_in;
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
            <h1>{said.title}</h1>
            <DoneNotice outcome />
            <FormNotice form />
            <form class="form" method="post" action="/api/sign_in" on:submit=submit novalidate>
                <input type="hidden" name="next" value=next />
                <Field form name="email" label=said.email kind="email" autocomplete="username" />
                <PasswordField form name="password" label=words.forms.password autocomplete="current-password" />
                {if keeps_cookies { view! { <SharedComputer is_ticked /> }.into_any() } else { view! { <OnePage /> }.into_any() }}
                <SubmitButton form label=said.submit busy=said.submitting with_token=!keeps_cookies />
            </form>
            <p class="aside"><a href="/forgot-password">{said.forgotten}</a></p>
            {session
                .site()
                .sign_up
                .then(|| {
                    view! {
                        <p class="aside">
                            {said.sign_up.before} <a href=sign_up>{said.sign_up.link}</a> {unless_empty(said.sign_up.after)}
                        </p>
                    }
                })}
        </section>
    }
}

#[component]
fn SharedComputer(is_ticked: bool) -> impl IntoView {
    let words = words();
    let idle = words.duration(use_session().site().shared_idle);
    view! {
        <label class="check">
            <input type="checkbox" name="remember" value="false" checked=is_ticked />
            <span>
                {words.sign_in.shared_computer}
                <small>{(words.sign_in.shared_computer_hint)(&idle)}</small>
            </span>
        </label>
    }
}

/// Where nothing outlives the page, there is nothing to choose.
#[component]
fn OnePage() -> impl IntoView {
    view! { <p class="hint">{words().sign_in.one_page}</p> }
}
