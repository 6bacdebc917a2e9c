//! Messages above a form or a list. Runs in: both.

use leptos::prelude::*;

use super::{Submission, Time};
use crate::{
    shared::{EndReason, Ended, Error},
    ui::words,
};

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
    view! { <Notice kind="bad">{words::error(&error)}</Notice> }
}

/// Why the person has to sign in again.
#[component]
pub fn EndedNotice(ended: Ended) -> impl IntoView {
    if ended.reason == EndReason::SignedOut {
        return ().into_any();
    }
    let (what, advice) = (words::ended(&ended), words::advice(ended.reason));
    let kind = if ended.reason == EndReason::Reuse { "bad" } else { "info" };
    view! {
        <Notice kind=kind>
            <p class="notice-title">{what} ", " <Time at=ended.at /> "."</p>
            {advice.map(|advice| view! { <p>{advice}</p> })}
        </Notice>
    }
    .into_any()
}
