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
    let send = |token| -> Sent {
        Box::pin(async move { api::verify_email(token).await.map(|_| After::Told("Your address is confirmed.")) })
    };
    view! {
        <Mailed
            title="Confirm your address"
            text="This shows that the address is yours, so that you can be reached and get a new password there."
            action="/api/verify_email"
            label="Confirm the address"
            next="/sign-in"
            send
        />
    }
}

#[component]
pub fn ConfirmEmail() -> impl IntoView {
    let send = |token| -> Sent {
        Box::pin(
            async move { api::confirm_email(token).await.map(|_| After::Told("Your account has its new address.")) },
        )
    };
    view! {
        <Mailed
            title="Use this address"
            text="From now on you sign in with this address. The one before is told, and can take it back for 7 days."
            action="/api/change_email/confirm"
            label="Use this address"
            next="/sign-in"
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
            action="/api/not_me"
            label="Sign them out"
            next="/forgot-password"
            send
        />
    }
}

/// How it goes on once a link has done what it is for.
enum After {
    /// Words on the same page.
    Told(&'static str),
    /// A new password, with this token.
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
    /// Where the form goes without the WASM, and where it leads then.
    action: &'static str,
    next: &'static str,
    label: &'static str,
    send: fn(String) -> Sent,
) -> impl IntoView {
    let navigate = use_navigate();
    let form = Submission::from_address();
    let query = use_query_map();
    let token = move || query.with(|query| query.get("token")).unwrap_or_default();
    let told = RwSignal::new(None::<&'static str>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let navigate = navigate.clone();
        form.send(send(field_value(&event, "token")), move |after| match after {
            After::Told(words) => drop(told.try_set(Some(words))),
            After::NewPassword(token) => navigate(&format!("/reset-password?token={token}"), Default::default()),
        });
    };
    view! {
        <Title text=title />
        <section class="page page-narrow">
            <h1>{title}</h1>
            {move || {
                if let Some(words) = told.get() {
                    view! {
                        <Notice kind="good">{words}</Notice>
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
                        <form class="form" method="post" action=action on:submit=submit.clone()>
                            <input type="hidden" name="next" value=next />
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
