//! Who is signed in, and the way out. Runs in: both.

use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_navigate};

use super::Allowed;
use crate::{
    browser::session::{Status, use_session},
    ui::words::{unless_empty, words},
};
use tabkey_core::Permission;

/// In an application's bar: the links to devices and account with the name, for admins to their pages, and the way out; for a
/// visitor the way in; a place holder where it is not known yet.
#[component]
pub fn UserMenu() -> impl IntoView {
    let session = use_session();
    let words = words();
    let status = Memo::new(move |_| session.status());
    move || match status.get() {
        Status::Unknown => view! { <span class="skeleton-chip" aria-hidden="true"></span> }.into_any(),
        Status::SignedIn => view! { <SignedIn /> }.into_any(),
        Status::SignedOut(_) => view! {
            <A href="/sign-in" attr:class="bar-link">
                {words.nav.sign_in}
            </A>
        }
        .into_any(),
    }
}

#[component]
fn SignedIn() -> impl IntoView {
    let session = use_session();
    let words = &words().nav;
    let navigate = use_navigate();
    let name = move || session.user().map(|user| user.display_name).unwrap_or_default();
    let sign_out = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        session.sign_out();
        navigate("/sign-in", Default::default());
    };
    view! {
        <Allowed permission=Permission::ManageUsers>
            <A href="/admin" attr:class="bar-link">
                {words.admin}
            </A>
        </Allowed>
        <A href="/devices" attr:class="bar-link">
            {words.devices}
        </A>
        <A href="/account" attr:class="bar-link bar-name">
            <span class="visually-hidden">{words.account_of.before}</span>
            {name}
            {unless_empty(words.account_of.after).map(|after| view! { <span class="visually-hidden">{after}</span> })}
        </A>
        <form method="post" action="/api/sign_out" on:submit=sign_out>
            <input type="hidden" name="next" value="/sign-in" />
            <button type="submit" class="button button-small">
                {words.sign_out}
            </button>
        </form>
    }
}
