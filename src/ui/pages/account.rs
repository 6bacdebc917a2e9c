//! A person's details and password. Runs in: both.

use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api,
    browser::session::use_session,
    ui::{
        parts::{FormNotice, Notice, PasswordField, Protected, Submission, SubmitButton, field_value},
        words,
    },
};

#[component]
pub fn Account() -> impl IntoView {
    view! {
        <Title text="Account" />
        <Protected>
            <Details />
        </Protected>
    }
}

#[component]
fn Details() -> impl IntoView {
    let session = use_session();
    let name = move || session.user().map(|user| user.display_name).unwrap_or_default();
    let email = move || session.user().map(|user| user.email).unwrap_or_default();
    view! {
        <section class="page page-narrow">
            <h1>"Account"</h1>
            <dl class="details card">
                <div>
                    <dt>"Name"</dt>
                    <dd>{name}</dd>
                </div>
                <div>
                    <dt>"Email"</dt>
                    <dd>{email}</dd>
                </div>
            </dl>
            <h2>"Change your password"</h2>
            <p>"Your other devices are signed out; this one stays. " <A href="/devices">"See your devices"</A></p>
            <ChangePassword />
        </section>
    }
}

#[component]
fn ChangePassword() -> impl IntoView {
    let session = use_session();
    let form = Submission::new();
    let element = NodeRef::<html::Form>::new();
    let done = RwSignal::new(None::<u64>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        done.set(None);
        let [current, new] = ["current_password", "new_password"].map(|field| field_value(&event, field));
        form.send(api::change_password(current, new), move |answer| {
            done.try_set(Some(answer.revoked));
            if let Some(form) = element.try_get_untracked().flatten() {
                form.reset();
            }
        });
    };
    let email = move || session.user().map(|user| user.email).unwrap_or_default();
    view! {
        {move || done.get().map(|others| view! { <Notice kind="good">{words::password_changed(others)}</Notice> })}
        <FormNotice form />
        <form class="form" method="post" action="/api/change_password" on:submit=submit node_ref=element novalidate>
            // Password managers look for the account that the password belongs to.
            <input class="visually-hidden" type="text" autocomplete="username" aria-hidden="true" tabindex="-1" readonly prop:value=email />
            <PasswordField form name="current_password" label="Current password" autocomplete="current-password" />
            <PasswordField
                form
                name="new_password"
                label="New password"
                autocomplete="new-password"
                hint="At least 15 characters. A few words that nobody would put together do well."
            />
            <SubmitButton form label="Change password" busy="Changing…" />
        </form>
    }
}
