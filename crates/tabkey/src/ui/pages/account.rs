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
        words::{unless_empty, words},
    },
};

#[component]
pub fn Account() -> impl IntoView {
    view! {
        <Title text=words().account.title />
        <Protected>
            <Details />
        </Protected>
    }
}

#[component]
fn Details() -> impl IntoView {
    let session = use_session();
    let words = &words().account;
    let name = move || session.user().map(|user| user.display_name).unwrap_or_default();
    let email = move || session.user().map(|user| user.email).unwrap_or_default();
    view! {
        <section class="page page-narrow">
            <h1>{words.title}</h1>
            <dl class="details card">
                <div>
                    <dt>{words.name}</dt>
                    <dd>{name}</dd>
                </div>
                <div>
                    <dt>{words.email}</dt>
                    <dd>{email}</dd>
                </div>
            </dl>
            <EmailState />
            <p>
                <A href="/activity">{words.activity}</A>
            </p>
            <h2>{words.password}</h2>
            <p>
                {words.password_text.before} <A href="/devices">{words.password_text.link}</A>
                {unless_empty(words.password_text.after)}
            </p>
            <ChangePassword />
            <h2>{words.change_email}</h2>
            <p>{words.change_email_text}</p>
            <ChangeEmail />
            <h2>{words.data}</h2>
            <OwnData />
        </section>
    }
}

#[component]
fn ChangePassword() -> impl IntoView {
    let session = use_session();
    let words = words();
    let form = Submission::unsent();
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
        {move || done.get().map(|others| view! { <Notice kind="good">{(words.account.password_changed)(others)}</Notice> })}
        <FormNotice form />
        <form class="form" method="post" action="/api/change_password" on:submit=submit node_ref=element novalidate>
            // Password managers look for the account that the password belongs to.
            <input class="visually-hidden" type="text" autocomplete="username" aria-hidden="true" tabindex="-1" readonly prop:value=email />
            <PasswordField form name="current_password" label=words.account.current_password autocomplete="current-password" />
            <NewPasswordField form name="new_password" label=words.forms.new_password />
            <SubmitButton form label=words.account.change_password busy=words.account.changing_password with_token=true />
        </form>
    }
}

/// Whether the address is confirmed, and a way to get there.
#[component]
fn EmailState() -> impl IntoView {
    let words = &words().account;
    let account = Resource::new(|| (), |()| api::my_account());
    let form = Submission::unsent();
    let is_sent = RwSignal::new(false);
    let send = Callback::new(move |()| {
        form.send(api::ask_to_verify_email(), move |_| {
            is_sent.try_set(true);
        });
    });
    let unconfirmed = move || {
        view! {
            <Notice kind="info">
                <p>{words.unconfirmed}</p>
                {move || {
                    if is_sent.get() {
                        view! { <p>{words.sent_again}</p> }.into_any()
                    } else {
                        view! { <Button label=words.send_again busy=words.sending form class="button button-small" on_press=send /> }
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
    let words = &words().account;
    let form = Submission::unsent();
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
                .map(|email| view! { <Notice kind="good">{(words.change_email_sent)(&email)}</Notice> })
        }}
        <FormNotice form />
        <form class="form" method="post" action="/api/change_email" on:submit=submit node_ref=element novalidate>
            <Field form name="email" label=words.new_email kind="email" autocomplete="email" />
            <SubmitButton form label=words.change_email_submit busy=words.changing_email with_token=true />
        </form>
    }
}

#[component]
fn OwnData() -> impl IntoView {
    let session = use_session();
    let words = words();
    let form = Submission::unsent();
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
    let grace = words.duration(session.site().deletion_grace);
    let words = &words.account;
    let delete = Callback::new(move |()| {
        form.send(api::delete_account(), move |_| session.sign_out());
    });
    view! {
        <p>{(words.data_text)(&grace)}</p>
        <FormNotice form />
        {move || {
            copy.get()
                .map(|address| {
                    view! {
                        <Notice kind="good">
                            {words.copy_ready.before} <a href=address download=words.copy_file>{words.copy_ready.link}</a>
                            {unless_empty(words.copy_ready.after)}
                        </Notice>
                    }
                })
        }}
        <p class="actions">
            <Button label=words.copy busy=words.one_moment form class="button" on_press=export />
            <Button label=words.delete busy=words.one_moment form class="button button-danger" on_press=ask />
        </p>
        <ConfirmDialog
            dialog
            title=words.delete_title.into()
            text=(words.delete_text)(&grace)
            confirm=words.delete_confirm
            confirmed=delete
        />
    }
}
