//! A labelled input with its hint and what is wrong with it. Runs in: both.

use leptos::prelude::*;

use super::Submission;
use crate::{browser::session::use_session, ui::words::words};

#[component]
pub fn Field(
    form: Submission,
    name: &'static str,
    label: &'static str,
    /// The input's `type`.
    kind: &'static str,
    autocomplete: &'static str,
    #[prop(optional, into)] hint: String,
) -> impl IntoView {
    let wrong = Memo::new(move |_| form.of_field(name));
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                value=form.typed(name)
                autocomplete=autocomplete
                autocapitalize=if kind == "email" { "none" } else { "words" }
                spellcheck="false"
                aria-invalid=move || wrong.with(Option::is_some).to_string()
                aria-describedby=described_by(name, &hint)
            />
            <Below name hint wrong />
        </div>
    }
}

/// With a switch that shows what is typed; pasting and password managers work (NIST SP 800-63B-4 §3.1.1.2).
#[component]
pub fn PasswordField(
    form: Submission,
    name: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    #[prop(optional, into)] hint: String,
) -> impl IntoView {
    let session = use_session();
    let words = &words().forms;
    let wrong = Memo::new(move |_| form.of_field(name));
    let shown = RwSignal::new(false);
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <div class="field-with-button">
                <input
                    id=name
                    name=name
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-invalid=move || wrong.with(Option::is_some).to_string()
                    aria-describedby=described_by(name, &hint)
                />
                <button
                    type="button"
                    class="button-quiet"
                    aria-controls=name
                    hidden=move || !session.is_ready()
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { words.hide } else { words.show }}
                    <span class="visually-hidden">{(words.what_is_shown)(label)}</span>
                </button>
            </div>
            <Below name hint wrong />
        </div>
    }
}

/// One that is yet to be chosen.
#[component]
pub fn NewPasswordField(form: Submission, name: &'static str, label: &'static str) -> impl IntoView {
    let least = use_session().site().min_password;
    let hint = (words().forms.new_password_hint)(least as u64);
    view! { <PasswordField form name label autocomplete="new-password" hint /> }
}

#[component]
fn Below(name: &'static str, hint: String, wrong: Memo<Option<String>>) -> impl IntoView {
    view! {
        {(!hint.is_empty())
            .then(|| {
                view! {
                    <p class="hint" id=format!("{name}-hint")>
                        {hint}
                    </p>
                }
            })}
        <p class="wrong" id=format!("{name}-error")>
            {move || wrong.get()}
        </p>
    }
}

fn described_by(name: &str, hint: &str) -> String {
    if hint.is_empty() { format!("{name}-error") } else { format!("{name}-error {name}-hint") }
}
