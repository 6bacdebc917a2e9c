//! What links in mails lead to: a page that says what the link does, and one button that does it. Opening it does nothing:
//! mail scanners open links too. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::A,
    hooks::{use_navigate, use_query_map},
};

use crate::{
    api::{self, Regained},
    shared::Error,
    ui::parts::{FormNotice, Notice, Submission, SubmitButton, field_value},
};

#[component]
pub fn VerifyEmail() -> impl IntoView {
    view! {
        <Mailed
            title="Confirm your address"
            text="This shows that the address is yours, so that you can be reached and get a new password there."
            action="/api/verify_email"
            label="Confirm the address"
            done="Your address is confirmed."
            send=|token| Box::pin(async move { api::verify_email(token).await.map(drop) })
        />
    }
}

#[component]
pub fn ConfirmEmail() -> impl IntoView {
    view! {
        <Mailed
            title="Use this address"
            text="From now on you sign in with this address. The one before is told, and can take it back for 7 days."
            action="/api/change_email/confirm"
            label="Use this address"
            done="Your account has its new address."
            send=|token| Box::pin(async move { api::confirm_email(token).await.map(drop) })
        />
    }
}

#[component]
pub fn UndoEmail() -> impl IntoView {
    view! {
        <Regain
            title="Take your address back"
            text="Your account gets its former address back, every device is signed out, and your password works no more: you choose a new one."
            action="/api/change_email/undo"
            label="Take it back"
            busy="One moment…"
            send=|token| Box::pin(api::undo_email(token))
        />
    }
}

#[component]
pub fn NotMe() -> impl IntoView {
    view! {
        <Regain
            title="This wasn’t me"
            text="Every device that came in since then is signed out, the operator is told, and your password works no more: you choose a new one."
            action="/api/not_me"
            label="Sign them out"
            busy="Signing out…"
            send=|token| Box::pin(api::not_me_by_link(token))
        />
    }
}

/// Leads on to a new password.
#[component]
fn Regain(
    title: &'static str,
    text: &'static str,
    /// Where the form goes without the WASM.
    action: &'static str,
    label: &'static str,
    busy: &'static str,
    send: fn(String) -> Sent<Regained>,
) -> impl IntoView {
    let navigate = use_navigate();
    let form = Submission::from_address();
    let query = use_query_map();
    let token = move || query.with(|query| query.get("token")).unwrap_or_default();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let navigate = navigate.clone();
        form.send(send(field_value(&event, "token")), move |answer| {
            navigate(&format!("/reset-password?token={}", answer.token), Default::default());
        });
    };
    view! {
        <Title text=title />
        <section class="page page-narrow">
            <h1>{title}</h1>
            <p>{text}</p>
            <FormNotice form />
            <form class="form" method="post" action=action on:submit=submit>
                <input type="hidden" name="next" value="/forgot-password" />
                <input type="hidden" name="token" value=token />
                <SubmitButton form label busy />
            </form>
            <Help form />
        </section>
    }
}

type Sent<T> = std::pin::Pin<Box<dyn Future<Output = Result<T, Error>>>>;

#[component]
fn Mailed(
    title: &'static str,
    text: &'static str,
    /// Where the form goes without the WASM.
    action: &'static str,
    label: &'static str,
    done: &'static str,
    send: fn(String) -> Sent<()>,
) -> impl IntoView {
    let form = Submission::from_address();
    let query = use_query_map();
    let token = move || query.with(|query| query.get("token")).unwrap_or_default();
    let is_done = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        form.send(send(field_value(&event, "token")), move |()| {
            is_done.try_set(true);
        });
    };
    view! {
        <Title text=title />
        <section class="page page-narrow">
            <h1>{title}</h1>
            {move || {
                if is_done.get() {
                    view! {
                        <Notice kind="good">{done}</Notice>
                        <p>
                            <A href="/sign-in" attr:class="button button-primary">
                                "Go on"
                            </A>
                        </p>
                    }
                        .into_any()
                } else {
                    view! {
                        <p>{text}</p>
                        <FormNotice form />
                        <form class="form" method="post" action=action on:submit=submit>
                            <input type="hidden" name="next" value="/sign-in" />
                            <input type="hidden" name="token" value=token />
                            <SubmitButton form label busy="One moment…" />
                        </form>
                        <Help form />
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

/// The next step where a link does nothing.
#[component]
fn Help(form: Submission) -> impl IntoView {
    move || {
        matches!(form.general(), Some(Error::LinkInvalid { .. })).then(|| {
            view! {
                <p class="aside">
                    "You can " <A href="/account">"ask for another mail"</A> " on your account’s page, or "
                    <A href="/forgot-password">"choose a new password"</A> "."
                </p>
            }
        })
    }
}
