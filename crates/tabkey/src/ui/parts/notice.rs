//! Messages above a form or a list. Runs in: both.

use leptos::prelude::*;

use super::{Submission, Time};
use crate::{
    browser::session::{Status, use_session},
    ui::words::{unless_empty, words},
};
use tabkey_core::{EndReason, Ended, Error, Outcome};

#[component]
pub fn Notice(
    /// `good`, `bad` or `info`.
    kind: &'static str,
    children: Children,
) -> impl IntoView {
    // Only what went wrong interrupts a screen reader.
    let role = if kind == "bad" { "alert" } else { "status" };
    view! {
        <div class=format!("notice notice-{kind}") role=role>
            {children()}
        </div>
    }
}

/// What went wrong with a form as a whole; what concerns a field is shown there.
#[component]
pub fn FormNotice(form: Submission) -> impl IntoView {
    move || form.general().map(|error| view! { <Failed error /> })
}

/// What kept a page from being shown.
#[component]
pub fn Failed(error: Error) -> impl IntoView {
    view! { <Notice kind="bad">{words().error(&error)}</Notice> }
}

/// What a form has done.
#[component]
pub fn DoneNotice(#[prop(into)] outcome: Signal<Option<Outcome>>) -> impl IntoView {
    let words = words();
    move || outcome.get().map(|outcome| view! { <Notice kind="good">{words.done(outcome)}</Notice> })
}

/// Seconds for which an ending is news.
const NEWS: i64 = 86_400;

/// Why the person has to sign in again, on whichever page they are; for a day, for then it may be somebody else's browser.
#[component]
pub fn WhySignedOut() -> impl IntoView {
    let session = use_session();
    let now = session.now_untracked();
    let why = Memo::new(move |_| match session.status() {
        Status::SignedOut(ended) => ended.filter(|ended| now - ended.at < NEWS),
        _ => None,
    });
    move || why.get().map(|ended| view! { <EndedNotice ended /> })
}

#[component]
fn EndedNotice(ended: Ended) -> impl IntoView {
    if ended.reason == EndReason::SignedOut {
        return ().into_any();
    }
    let words = words();
    let (what, advice, time) = (words.ended(&ended), words.advice(ended.reason), words.endings.time);
    let kind = if ended.reason == EndReason::Reuse { "bad" } else { "info" };
    view! {
        <div class="page page-narrow why">
        <Notice kind=kind>
            <p class="notice-title">{what} {time.before} <Time at=ended.at /> {unless_empty(time.after)}</p>
            {advice.map(|advice| view! { <p>{advice}</p> })}
        </Notice>
        </div>
    }
    .into_any()
}
