//! A person's details and password. Runs in: both.

use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api,
    browser::session::use_session,
    ui::{
        parts::{
            Button, ConfirmDialog, Field, FormNotice, NewPasswordField, Notice, PasswordField, Protected, Submission,
            SubmitButton, field_value, percent_encoded,
        },
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
            <EmailState />
            <p>
                <A href="/activity">"See what happened to your account"</A>
            </p>
            <h2>"Change your password"</h2>
            <p>"Your other devices are signed out; this one stays. " <A href="/devices">"See your devices"</A></p>
            <ChangePassword />
            <h2>"Change your email address"</h2>
            <p>"We mail a link to the new address. Until it is used, nothing changes; then the old one is told."</p>
            <ChangeEmail />
            <h2>"Your data"</h2>
            <OwnData />
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
            if answer.rotate {
                session.rotate();
            }
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
            <NewPasswordField form name="new_password" label="New password" />
            <SubmitButton form label="Change password" busy="Changing…" with_token=true />
        </form>
    }
}

/// Whether the address is confirmed, and a way to get there.
#[component]
fn EmailState() -> impl IntoView {
    let account = Resource::new(|| (), |()| api::my_account());
    let form = Submission::new();
    let is_sent = RwSignal::new(false);
    let send = Callback::new(move |()| {
        form.send(api::ask_to_verify_email(), move |_| {
            is_sent.try_set(true);
        });
    });
    let unconfirmed = move || {
        view! {
            <Notice kind="info">
                <p>"Your address is not confirmed yet: a mail with a link is on its way since you signed up."</p>
                {move || {
                    if is_sent.get() {
                        view! { <p>"Another one was sent."</p> }.into_any()
                    } else {
                        view! { <Button label="Send it again" busy="Sending…" form class="button button-small" on_press=send /> }
                            .into_any()
                    }
                }}
            </Notice>
            <FormNotice form />
        }
    };
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let is_unconfirmed = account.await.is_ok_and(|account| !account.email_verified);
                is_unconfirmed.then(unconfirmed)
            })}
        </Suspense>
    }
}

#[component]
fn ChangeEmail() -> impl IntoView {
    let form = Submission::new();
    let element = NodeRef::<html::Form>::new();
    let sent_to = RwSignal::new(None::<String>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        sent_to.set(None);
        let email = field_value(&event, "email");
        form.send(api::change_email(email.clone()), move |_| {
            sent_to.try_set(Some(email));
            if let Some(form) = element.try_get_untracked().flatten() {
                form.reset();
            }
        });
    };
    view! {
        {move || {
            sent_to
                .get()
                .map(|email| view! { <Notice kind="good">"A mail is on its way to " {email} ". Open the link in it."</Notice> })
        }}
        <FormNotice form />
        <form class="form" method="post" action="/api/change_email" on:submit=submit node_ref=element novalidate>
            <Field form name="email" label="New email" kind="email" autocomplete="email" />
            <SubmitButton form label="Change email" busy="Sending…" with_token=true />
        </form>
    }
}

#[component]
fn OwnData() -> impl IntoView {
    let session = use_session();
    let form = Submission::new();
    let dialog = NodeRef::<html::Dialog>::new();
    let copy = RwSignal::new(None::<String>);
    let export = Callback::new(move |()| {
        form.send(api::export_account(), move |data| {
            let text = serde_json::to_string_pretty(&data).unwrap_or_default();
            copy.try_set(Some(format!("data:application/json;charset=utf-8,{}", percent_encoded(&text))));
        });
    });
    let ask = Callback::new(move |()| {
        if let Some(dialog) = dialog.get_untracked() {
            let _ = dialog.show_modal();
        }
    });
    let grace = words::duration(session.site().deletion_grace);
    let delete = Callback::new(move |()| {
        form.send(api::delete_account(), move |_| session.sign_out());
    });
    view! {
        <p>
            "Everything that is kept about you, in one file; or the end of your account, with " {grace.clone()}
            " to change your mind."
        </p>
        <FormNotice form />
        {move || {
            copy.get()
                .map(|address| {
                    view! {
                        <Notice kind="good">
                            "Your copy is ready: " <a href=address download="tabkey-account.json">"save the file"</a>
                        </Notice>
                    }
                })
        }}
        <p class="actions">
            <Button label="Make a copy of my data" busy="One moment…" form class="button" on_press=export />
            <Button label="Delete my account" busy="One moment…" form class="button button-danger" on_press=ask />
        </p>
        <ConfirmDialog
            dialog
            title="Delete your account?".into()
            text=format!(
                "Every device is signed out now. If you sign in within {grace}, the account stays; after that it is gone for good.",
            )
            confirm="Delete my account"
            confirmed=delete
        />
    }
}
