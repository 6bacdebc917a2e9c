//! What links in mails lead to: a page that says what the link does, and one button that does it. Opening it does nothing:
//! mail scanners open links too. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use super::forgot_password::NewPassword;
use crate::{
    api::{self, Regained},
    browser::session::use_session,
    shared::{Error, Outcome},
    ui::{
        parts::{FormNotice, LinkFields, LinkMissing, Notice, Submission, SubmitButton, field_value, use_link_token},
        words,
    },
};

#[component]
pub fn VerifyEmail() -> impl IntoView {
    let send = |token| -> Sent {
        Box::pin(async move { api::verify_email(token).await.map(|_| After::Told(Outcome::EmailConfirmed)) })
    };
    view! {
        <Mailed
            title="Confirm your address"
            text="This shows that the address is yours, so that you can be reached and get a new password there."
            page="/verify-email"
            action="/api/verify_email"
            label="Confirm the address"
            next="/verify-email"
            send
        />
    }
}

#[component]
pub fn ConfirmEmail() -> impl IntoView {
    let send = |token| -> Sent {
        Box::pin(async move { api::confirm_email(token).await.map(|_| After::Told(Outcome::EmailChanged)) })
    };
    view! {
        <Mailed
            title="Use this address"
            text="From now on you sign in with this address. The one before is told, and can take it back for 7 days."
            page="/confirm-email"
            action="/api/change_email/confirm"
            label="Use this address"
            next="/confirm-email"
            send
        />
    }
}

#[component]
pub fn UndoEmail() -> impl IntoView {
    let send = |token| -> Sent { Box::pin(async move { api::undo_email(token).await.map(After::from) }) };
    view! {
        <Mailed
            title="Take your address back"
            text="Your account gets its former address back, every device is signed out, and your password works no more: you choose a new one."
            page="/undo-email"
            action="/api/change_email/undo"
            label="Take it back"
            next="/forgot-password"
            send
        />
    }
}

#[component]
pub fn NotMe() -> impl IntoView {
    let send = |token| -> Sent { Box::pin(async move { api::not_me_by_link(token).await.map(After::from) }) };
    view! {
        <Mailed
            title="This wasn’t me"
            text="Every device that came in since then is signed out, the operator is told, and your password works no more: you choose a new one."
            page="/not-me"
            action="/api/not_me"
            label="Sign them out"
            next="/forgot-password"
            send
        />
    }
}

/// How it goes on once a link has done what it is for.
#[derive(Clone)]
enum After {
    /// Words on the same page.
    Told(Outcome),
    /// A new password, with this token: on the same page, so that it comes into no address.
    NewPassword(String),
}

impl From<Regained> for After {
    fn from(regained: Regained) -> Self {
        Self::NewPassword(regained.token)
    }
}

type Sent = std::pin::Pin<Box<dyn Future<Output = Result<After, Error>>>>;

#[component]
fn Mailed(
    title: &'static str,
    text: &'static str,
    /// Where this is.
    page: &'static str,
    /// Where the form goes without the WASM, and where it leads then.
    action: &'static str,
    next: &'static str,
    label: &'static str,
    send: fn(String) -> Sent,
) -> impl IntoView {
    let form = Submission::from_address();
    let token = use_link_token();
    let after = RwSignal::new(use_session().outcome().map(After::Told));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        form.send(send(field_value(&event, "token")), move |done| drop(after.try_set(Some(done))));
    };
    move || match after.get() {
        Some(After::NewPassword(token)) => {
            // What is wrong in the address was wrong with the form before.
            view! { <NewPassword token=Signal::stored(token) page="/reset-password" form=Submission::new() /> }
                .into_any()
        }
        Some(After::Told(outcome)) => view! {
            <Title text=title />
            <section class="page page-narrow">
                <h1>{title}</h1>
                <Notice kind="good">{words::done(outcome)}</Notice>
                <p>
                    <A href="/sign-in" attr:class="button button-primary">
                        "Go on"
                    </A>
                </p>
            </section>
        }
        .into_any(),
        None => view! {
            <Title text=title />
            <section class="page page-narrow">
                <h1>{title}</h1>
                {if token.with(String::is_empty) {
                    view! { <LinkMissing /> }.into_any()
                } else {
                    view! {
                        <p>{text}</p>
                        <FormNotice form />
                        <form class="form" method="post" action=action on:submit=submit>
                            <input type="hidden" name="next" value=next />
                            <LinkFields token page />
                            <SubmitButton form label busy="One moment…" />
                        </form>
                    }
                        .into_any()
                }}
                <Help form />
            </section>
        }
        .into_any(),
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
