//! Messages above a form or a list. Runs in: both.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{Submission, Time};
use crate::{
    browser::session::{Status, use_session},
    shared::{EndReason, Ended, Error},
    ui::words::{self, Outcome},
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

/// What a form did that was posted without the WASM and led here: `done` in the address, of a known set.
#[component]
pub fn DoneNotice() -> impl IntoView {
    let outcome = use_query_map().with_untracked(Outcome::of_address);
    outcome.map(|outcome| view! { <Notice kind="good">{outcome.words()}</Notice> })
}

/// Why the person has to sign in again, on whichever page they are.
#[component]
pub fn WhySignedOut() -> impl IntoView {
    let session = use_session();
    let why = Memo::new(move |_| match session.status() {
        Status::SignedOut(ended) => ended,
        _ => None,
    });
    move || why.get().map(|ended| view! { <EndedNotice ended /> })
}

#[component]
fn EndedNotice(ended: Ended) -> impl IntoView {
    if ended.reason == EndReason::SignedOut {
        return ().into_any();
    }
    let (what, advice) = (words::ended(&ended), words::advice(ended.reason));
    let kind = if ended.reason == EndReason::Reuse { "bad" } else { "info" };
    view! {
        <div class="page page-narrow why">
        <Notice kind=kind>
            <p class="notice-title">{what} ", " <Time at=ended.at /> "."</p>
            {advice.map(|advice| view! { <p>{advice}</p> })}
        </Notice>
        </div>
    }
    .into_any()
}
