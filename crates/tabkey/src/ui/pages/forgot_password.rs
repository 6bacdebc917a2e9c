//! Asking for a link when the password is forgotten, and what that link leads to. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api,
    browser::session::use_session,
    shared::Outcome,
    ui::{
        parts::{
            DoneNotice, Field, FormNotice, LinkFields, LinkMissing, NewPasswordField, Notice, Submission, SubmitButton,
            field_value, use_link_token,
        },
        words,
    },
};

#[component]
pub fn ForgotPassword() -> impl IntoView {
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
        <Title text="Forgotten password" />
        <section class="page page-narrow">
            <h1>"Forgotten password"</h1>
            <p>"We mail you a link with which you choose a new one. It works for 30 minutes."</p>
            <DoneNotice outcome />
            <FormNotice form />
            <form class="form" method="post" action="/api/forgot_password" on:submit=submit novalidate>
                <input type="hidden" name="next" value="/forgot-password" />
                <Field form name="email" label="Email" kind="email" autocomplete="username" />
                <SubmitButton form label="Send the link" busy="Sending…" />
            </form>
            <p class="aside">"It came back to you? " <A href="/sign-in">"Sign in"</A></p>
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
    let is_done = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let [token, new] = ["token", "new_password"].map(|field| field_value(&event, field));
        form.send(api::reset_password(token, new), move |_| {
            is_done.try_set(true);
        });
    };
    view! {
        <Title text="New password" />
        <section class="page page-narrow">
            <h1>"Choose a new password"</h1>
            {move || {
                if is_done.get() {
                    view! {
                        <Notice kind="good">{words::done(Outcome::PasswordSet)}</Notice>
                        <p>
                            <A href="/sign-in" attr:class="button button-primary">
                                "Sign in"
                            </A>
                        </p>
                    }
                        .into_any()
                } else if token.with(String::is_empty) {
                    view! {
                        <LinkMissing />
                        <p class="aside">"You no longer have the mail? " <A href="/forgot-password">"Ask for another one"</A></p>
                    }
                        .into_any()
                } else {
                    view! {
                        <p>"Every device is signed out; then you sign in with the new one."</p>
                        <FormNotice form />
                        <form class="form" method="post" action="/api/reset_password" on:submit=submit novalidate>
                            <input type="hidden" name="next" value="/sign-in" />
                            <LinkFields token page />
                            <NewPasswordField form name="new_password" label="New password" />
                            <SubmitButton form label="Change password" busy="Changing…" />
                        </form>
                        <p class="aside">"The link does not work? " <A href="/forgot-password">"Ask for another one"</A></p>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}
