//! What only a visitor sees. Runs in: both.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::Redirect, hooks::use_query_map};

use super::next_path;
use crate::browser::session::use_session;

/// Shows `form`, which is given the path to go to afterwards; who is signed in, or has just become so, is led there.
#[component]
pub fn VisitorsOnly<F>(form: F) -> impl IntoView
where
    F: Fn(String) -> AnyView + Send + 'static,
{
    let session = use_session();
    let is_signed_in = Memo::new(move |_| session.is_signed_in());
    let query = use_query_map();
    move || {
        let next = next_path(query).as_str().to_owned();
        if is_signed_in.get() {
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            view! { <Redirect path=next options /> }.into_any()
        } else {
            form(next)
        }
    }
}
