//! Creating an account. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    browser::session::use_session,
    ui::{
        parts::{Field, FormNotice, NewPasswordField, Submission, SubmitButton, VisitorsOnly, field_value, with_next},
        words::{unless_empty, words},
    },
};

#[component]
pub fn SignUp() -> impl IntoView {
    let is_open = use_session().site().sign_up;
    let said = &words().sign_up;
    let form = move |next| {
        if is_open { view! { <SignUpForm next /> }.into_any() } else { view! { <Closed next /> }.into_any() }
    };
    view! {
        <Title text=if is_open { said.title } else { said.closed_title } />
        <VisitorsOnly form />
    }
}

#[component]
fn Closed(next: String) -> impl IntoView {
    let said = &words().sign_up;
    let sign_in = with_next("/sign-in", &next);
    view! {
        <section class="page page-narrow">
            <h1>{said.closed_title}</h1>
            <p class="lead">{said.closed}</p>
            <p class="aside">{said.sign_in.before} <a href=sign_in>{said.sign_in.link}</a> {unless_empty(said.sign_in.after)}</p>
        </section>
    }
}

#[component]
fn SignUpForm(next: String) -> impl IntoView {
    let session = use_session();
    let words = words();
    let said = &words.sign_up;
    let form = Submission::from_address();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let [email, password, name] = ["email", "password", "display_name"].map(|field| field_value(&event, field));
        form.send(session.in_turn(api::sign_up(email, password, name)), move |grant| session.granted(grant));
    };
    let keeps_cookies = session.profile().keeps_cookies();
    let sign_in = with_next("/sign-in", &next);
    view! {
        <section class="page page-narrow">
            <h1>{said.title}</h1>
            <FormNotice form />
            <form class="form" method="post" action="/api/sign_up" on:submit=submit novalidate>
                <input type="hidden" name="next" value=next />
                <Field form name="display_name" label=said.name kind="text" autocomplete="name" hint=said.name_hint />
                <Field form name="email" label=said.email kind="email" autocomplete="username" />
                <NewPasswordField form name="password" label=words.forms.password />
                <SubmitButton form label=said.submit busy=said.submitting with_token=!keeps_cookies />
            </form>
            <p class="aside">{said.sign_in.before} <a href=sign_in>{said.sign_in.link}</a> {unless_empty(said.sign_in.after)}</p>
        </section>
    }
}
