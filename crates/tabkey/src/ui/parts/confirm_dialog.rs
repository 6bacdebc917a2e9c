//! A question before something that cannot be undone. Runs in: both.

use leptos::{html, prelude::*};

use crate::ui::words::words;

/// Opened by `dialog.show_modal()`; Escape and its first button close it.
#[component]
pub fn ConfirmDialog(
    dialog: NodeRef<html::Dialog>,
    title: String,
    #[prop(into)] text: String,
    /// Label of the button that does it.
    confirm: &'static str,
    confirmed: Callback<()>,
) -> impl IntoView {
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="confirm-title" aria-describedby="confirm-text">
            <h2 id="confirm-title">{title}</h2>
            <p id="confirm-text">{text}</p>
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| close()>
                    {words().forms.cancel}
                </button>
                <button
                    type="button"
                    class="button button-danger"
                    on:click=move |_| {
                        close();
                        confirmed.try_run(());
                    }
                >
                    {confirm}
                </button>
            </div>
        </dialog>
    }
}
