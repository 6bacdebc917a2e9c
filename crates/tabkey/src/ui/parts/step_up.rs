//! Asks for the password once more, for calls that wait for it; drawn once, beside the pages. Runs in: both.

use leptos::{ev::SubmitEvent, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{FormNotice, PasswordField, Submission, SubmitButton, field_value};
use crate::{
    api,
    browser::session::{Status, use_session},
    ui::words::words,
};

#[component]
pub fn StepUp() -> impl IntoView {
    let session = use_session();
    let dialog = NodeRef::<html::Dialog>::new();
    let is_wanted = Memo::new(move |_| session.wants_step_up());
    Effect::new(move |_| session.answers_step_up());
    Effect::new(move |_| match (dialog.get(), is_wanted.get()) {
        (Some(dialog), true) if !dialog.open() => {
            let _ = dialog.show_modal();
            // The field is drawn by then.
            request_animation_frame(focus_password);
        }
        (Some(dialog), false) if dialog.open() => dialog.close(),
        _ => {}
    });
    // Whoever is signed out has nothing to confirm any more.
    Effect::new(move |_| {
        if is_wanted.get() && session.status() != Status::SignedIn {
            session.refuse_step_up();
        }
    });
    view! {
        // However it closes: what still waits then was refused.
        <dialog
            class="dialog overlay"
            node_ref=dialog
            aria-labelledby="step-up-title"
            aria-describedby="step-up-text"
            on:close=move |_| {
                if !dialog.get_untracked().is_some_and(|dialog| dialog.open()) {
                    session.refuse_step_up();
                }
            }
        >
            {move || is_wanted.get().then(|| view! { <Ask /> })}
        </dialog>
    }
}

#[component]
fn Ask() -> impl IntoView {
    let session = use_session();
    let words = words();
    let form = Submission::unsent();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.send(api::step_up(field_value(&event, "password")), move |grant| session.stepped_up(grant));
    };
    let email = move || session.user().map(|user| user.email).unwrap_or_default();
    view! {
        <h2 id="step-up-title">{words.step_up.title}</h2>
        <p id="step-up-text">{words.step_up.text}</p>
        <FormNotice form />
        <form class="form" on:submit=submit novalidate>
            // Password managers look for the account that the password belongs to.
            <input class="visually-hidden" type="text" autocomplete="username" aria-hidden="true" tabindex="-1" readonly prop:value=email />
            <PasswordField form name="password" label=words.forms.password autocomplete="current-password" />
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| session.refuse_step_up()>
                    {words.forms.cancel}
                </button>
                <SubmitButton form label=words.step_up.submit busy=words.step_up.submitting />
            </div>
        </form>
    }
}

fn focus_password() {
    let field = document().query_selector("dialog[open] [name=password]").ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        let _ = field.focus();
    }
}
