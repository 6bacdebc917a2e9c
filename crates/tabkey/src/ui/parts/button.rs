//! Buttons that show work in progress and cannot be pressed twice. Runs in: both.

use leptos::prelude::*;

use super::Submission;
use crate::browser::session::use_session;

/// Sends the form around it. Works before the WASM is there.
#[component]
pub fn SubmitButton(
    form: Submission,
    label: &'static str,
    busy: &'static str,
    /// The call wants a token, or brings one, which only the WASM can hold: until it is there, the form cannot be sent.
    #[prop(optional)]
    with_token: bool,
) -> impl IntoView {
    let session = use_session();
    view! {
        <button
            type="submit"
            class="button button-primary"
            aria-busy=move || form.is_busy().to_string()
            disabled=move || form.is_busy() || (with_token && !session.is_ready())
        >
            {move || if form.is_busy() { busy } else { label }}
        </button>
    }
}

/// Does something that only the WASM can do; until it is there, it cannot be pressed.
#[component]
pub fn Button(
    #[prop(into)] label: String,
    busy: &'static str,
    /// Shows its progress.
    form: Submission,
    class: &'static str,
    on_press: Callback<()>,
    /// What a screen reader says, where the label alone would not do.
    #[prop(optional)]
    name: Option<Signal<String>>,
) -> impl IntoView {
    let session = use_session();
    view! {
        <button
            type="button"
            class=class
            aria-label=move || name.map(|name| name.get())
            aria-busy=move || form.is_busy().to_string()
            disabled=move || form.is_busy() || !session.is_ready()
            on:click=move |_| {
                on_press.try_run(());
            }
        >
            {move || if form.is_busy() { busy.to_owned() } else { label.clone() }}
        </button>
    }
}
