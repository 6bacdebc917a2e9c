//! Asking for a link when the password is forgotten, and what that link leads to. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api,
    browser::session::use_session,
    ui::{
        parts::{
            DoneNotice, Field, FormNotice, LinkFields, LinkMissing, NewPasswordField, Notice, Submission, SubmitButton,
            field_value, use_link_token,
        },
        words::{unless_empty, words},
    },
};
use tabkey_core::{Outcome, link_life};

#[component]
pub fn ForgotPassword() -> impl IntoView {
    let words = words();
    let said = &words.forgot_password;
    let life = words.duration(link_life::RESET_PASSWORD.into());
    let form = Submission::from_address();
    let outcome = RwSignal::new(use_session().outcome());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        outcome.set(None);
        form.send(api::forgot_password(field_value(&event, "email")), move |_| {
            outcome.try_set(Some(Outcome::MailSent));
        });
    };
    view! {
        <Title text=said.title />
        <section class="page page-narrow">
            <h1>{said.title}</h1>
            <p>{(said.introduction)(&life)}</p>
            <DoneNotice outcome />
            <FormNotice form />
            <form class="form" method="post" action="/api/forgot_password" on:submit=submit novalidate>
                <input type="hidden" name="next" value="/forgot-password" />
                <Field form name="email" label=said.email kind="email" autocomplete="username" />
                <SubmitButton form label=said.submit busy=said.submitting />
            </form>
            <p class="aside">
                {said.remembered.before} <A href="/sign-in">{said.remembered.link}</A> {unless_empty(said.remembered.after)}
            </p>
        </section>
    }
}

#[component]
pub fn ResetPassword() -> impl IntoView {
    let token = use_link_token();
    view! { <NewPassword token page="/reset-password" form=Submission::from_address() /> }
}

/// A new password by the token of a link, whichever page has it.
#[component]
pub fn NewPassword(#[prop(into)] token: Signal<String>, page: &'static str, form: Submission) -> impl IntoView {
    let words = words();
    let said = &words.forgot_password;
    let is_done = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let [token, new] = ["token", "new_password"].map(|field| field_value(&event, field));
        form.send(api::reset_password(token, new), move |_| {
            is_done.try_set(true);
        });
    };
    view! {
        <Title text=said.new_title />
        <section class="page page-narrow">
            <h1>{said.new_heading}</h1>
            {move || {
                if is_done.get() {
                    view! {
                        <Notice kind="good">{words.done(Outcome::PasswordSet)}</Notice>
                        <p>
                            <A href="/sign-in" attr:class="button button-primary">
                                {said.sign_in}
                            </A>
                        </p>
                    }
                        .into_any()
                } else if token.with(String::is_empty) {
                    view! {
                        <LinkMissing />
                        <p class="aside">
                            {said.mail_lost.before} <A href="/forgot-password">{said.mail_lost.link}</A>
                            {unless_empty(said.mail_lost.after)}
                        </p>
                    }
                        .into_any()
                } else {
                    view! {
                        <p>{said.new_introduction}</p>
                        <FormNotice form />
                        <form class="form" method="post" action="/api/reset_password" on:submit=submit novalidate>
                            <input type="hidden" name="next" value="/sign-in" />
                            <LinkFields token page />
                            <NewPasswordField form name="new_password" label=words.forms.new_password />
                            <SubmitButton form label=said.new_submit busy=said.new_submitting />
                        </form>
                        <p class="aside">
                            {said.link_broken.before} <A href="/forgot-password">{said.link_broken.link}</A>
                            {unless_empty(said.link_broken.after)}
                        </p>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}
