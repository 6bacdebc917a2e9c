//! What links in mails lead to: a page that says what the link does, and one button that does it. Opening it does nothing:
//! mail scanners open links too. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use super::forgot_password::NewPassword;
use crate::{
    api::{self, Regained},
    browser::session::use_session,
    ui::{
        parts::{FormNotice, LinkFields, LinkMissing, Notice, Submission, SubmitButton, field_value, use_link_token},
        words::{unless_empty, words},
    },
};
use tabkey_core::{Error, Outcome, link_life};

#[component]
pub fn VerifyEmail() -> impl IntoView {
    let words = &words().links;
    let send = |token| -> Sent {
        Box::pin(async move { api::verify_email(token).await.map(|_| After::Told(Outcome::EmailConfirmed)) })
    };
    view! {
        <Mailed
            title=words.verify_email
            text=words.verify_email_text
            page="/verify-email"
            action="/api/verify_email"
            label=words.verify_email_submit
            next="/verify-email"
            send
        />
    }
}

#[component]
pub fn ConfirmEmail() -> impl IntoView {
    let words = words();
    let life = words.duration(link_life::UNDO_EMAIL.into());
    let words = &words.links;
    let send = |token| -> Sent {
        Box::pin(async move { api::confirm_email(token).await.map(|_| After::Told(Outcome::EmailChanged)) })
    };
    view! {
        <Mailed
            title=words.confirm_email
            text=(words.confirm_email_text)(&life)
            page="/confirm-email"
            action="/api/change_email/confirm"
            label=words.confirm_email_submit
            next="/confirm-email"
            send
        />
    }
}

#[component]
pub fn UndoEmail() -> impl IntoView {
    let words = &words().links;
    let send = |token| -> Sent { Box::pin(async move { api::undo_email(token).await.map(After::from) }) };
    view! {
        <Mailed
            title=words.undo_email
            text=words.undo_email_text
            page="/undo-email"
            action="/api/change_email/undo"
            label=words.undo_email_submit
            next="/forgot-password"
            send
        />
    }
}

#[component]
pub fn NotMe() -> impl IntoView {
    let words = &words().links;
    let send = |token| -> Sent { Box::pin(async move { api::not_me_by_link(token).await.map(After::from) }) };
    view! {
        <Mailed
            title=words.not_me
            text=words.not_me_text
            page="/not-me"
            action="/api/not_me"
            label=words.not_me_submit
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
    #[prop(into)] text: String,
    /// Where this is.
    page: &'static str,
    /// Where the form goes without the WASM, and where it leads then.
    action: &'static str,
    next: &'static str,
    label: &'static str,
    send: fn(String) -> Sent,
) -> impl IntoView {
    let words = words();
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
            view! { <NewPassword token=Signal::stored(token) page="/reset-password" form=Submission::unsent() /> }
                .into_any()
        }
        Some(After::Told(outcome)) => view! {
            <Title text=title />
            <section class="page page-narrow">
                <h1>{title}</h1>
                <Notice kind="good">{words.done(outcome)}</Notice>
                <p>
                    <A href="/sign-in" attr:class="button button-primary">
                        {words.links.go_on}
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
                        <p>{text.clone()}</p>
                        <FormNotice form />
                        <form class="form" method="post" action=action on:submit=submit>
                            <input type="hidden" name="next" value=next />
                            <LinkFields token page />
                            <SubmitButton form label busy=words.links.submitting />
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
    let words = &words().links.help;
    move || {
        matches!(form.general(), Some(Error::LinkInvalid { .. })).then(|| {
            view! {
                <p class="aside">
                    {words.before} <A href="/account">{words.another_mail}</A> {words.between}
                    <A href="/forgot-password">{words.new_password}</A> {unless_empty(words.after)}
                </p>
            }
        })
    }
}
