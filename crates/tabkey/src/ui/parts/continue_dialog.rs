//! Asks for the password before a session's token ends and at its end; the page behind it stays as it is. Runs in: both.

use leptos::{html, prelude::*};

use super::{FormNotice, PasswordField, Submission, SubmitButton, field_value};
use crate::{
    api,
    browser::session::{PasswordAsked, use_session},
    ui::words::{unless_empty, words},
};

/// Only where the site's profile asks for the password. Before the end it can be put aside once; at the end the page is
/// covered until the password is given or the time is over.
/// Server-side rendering: an empty dialog, closed.
#[component]
pub fn ContinueDialog() -> impl IntoView {
    use_session().profile().asks_for_password().then(|| view! { <Asked /> })
}

#[component]
fn Asked() -> impl IntoView {
    let session = use_session();
    let dialog = NodeRef::<html::Dialog>::new();
    // Whether it is due, where it is asked for at all: the seconds draw nothing anew.
    let is_due = Memo::new(move |_| session.password_asked().map(|asked| asked.is_due));
    let is_put_aside = RwSignal::new(false);
    let is_open = Memo::new(move |_| match is_due.get() {
        Some(true) => true,
        Some(false) => !is_put_aside.get(),
        None => false,
    });
    Effect::new(move |_| {
        if is_due.get().is_none() {
            is_put_aside.set(false);
        }
    });
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (is_open.get(), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            // Closed, not taken away, so that the field that the person was in has the focus again.
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    // Escape puts it aside; where that cannot be, browsers close it at the second press all the same.
    let closed = move |_| match (is_due.get_untracked(), dialog.get_untracked()) {
        (Some(true), Some(dialog)) => drop(dialog.show_modal()),
        (Some(false), _) => is_put_aside.set(true),
        _ => {}
    };
    let cancelled = move |event: leptos::ev::Event| {
        if is_due.get_untracked() == Some(true) {
            event.prevent_default();
        }
    };
    view! {
        <dialog
            class="dialog overlay"
            class:dialog-cover=move || is_due.get() == Some(true)
            node_ref=dialog
            aria-labelledby="continue-title"
            aria-describedby="continue-text"
            data-testid="continue"
            on:close=closed
            on:cancel=cancelled
        >
            {move || is_open.get().then(|| view! { <Ask is_due is_put_aside /> })}
        </dialog>
    }
}

#[component]
fn Ask(is_due: Memo<Option<bool>>, is_put_aside: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let words = words();
    let said = &words.continue_dialog;
    let form = Submission::unsent();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let password = field_value(&event, "password");
        form.send(api::continue_session(password), move |grant| session.continued(grant));
    };
    let left = move || session.password_asked().map_or(0, |PasswordAsked { seconds_left, .. }| seconds_left);
    let is_due = move || is_due.get() == Some(true);
    let around = move || if is_due() { said.due_in } else { said.soon_in };
    let email = move || session.user().map(|user| user.email).unwrap_or_default();
    view! {
        // It takes the focus, so that what somebody is typing goes neither into the password nor into a button.
        <h2 id="continue-title" tabindex="-1" autofocus=true>
            {said.title}
        </h2>
        <p id="continue-text">
            {move || if is_due() { said.due } else { said.soon }}
        </p>
        // A screen reader need not hear every second.
        <p aria-hidden="true">
            {move || around().before} <strong>{move || (words.times.seconds_left)(left())}</strong> {move || unless_empty(around().after)}
        </p>
        <form class="form" on:submit=submit method="post" action="/api/continue" novalidate>
            <FormNotice form />
            // Password managers look for the account that the password belongs to.
            <input class="visually-hidden" type="text" autocomplete="username" aria-hidden="true" tabindex="-1" readonly prop:value=email />
            <PasswordField form name="password" label=words.forms.password autocomplete="current-password" />
            <div class="dialog-actions">
                {move || {
                    if is_due() {
                        view! {
                            <button type="button" class="button" on:click=move |_| session.sign_out()>
                                {said.sign_out}
                            </button>
                        }
                            .into_any()
                    } else {
                        view! {
                            <button type="button" class="button" on:click=move |_| is_put_aside.set(true)>
                                {said.not_now}
                            </button>
                        }
                            .into_any()
                    }
                }} <SubmitButton form label=said.submit busy=said.submitting />
            </div>
        </form>
    }
}
