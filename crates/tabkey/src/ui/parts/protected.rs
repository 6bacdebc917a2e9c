//! What only a signed-in person sees. Runs in: both.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::Redirect, hooks::use_location};

use super::{Skeleton, with_next};
use crate::browser::session::{Status, use_session};

/// Shows its children to a signed-in person, a skeleton while that is unknown, and leads everybody else to the sign-in
/// page and back. A refresh of the token draws nothing anew.
/// Server-side rendering: the first HTML is already right; a signed-out visitor gets a redirect (302).
#[component]
pub fn Protected(children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    let status = Memo::new(move |_| session.status());
    let location = use_location();
    let here = move || {
        let (path, query) = (location.pathname.get_untracked(), location.search.get_untracked());
        if query.is_empty() { path } else { format!("{path}?{}", query.trim_start_matches('?')) }
    };
    let was_inside = StoredValue::new(false);
    move || match status.get() {
        Status::SignedIn => {
            was_inside.set_value(true);
            children().into_any()
        }
        Status::Unknown => view! { <Skeleton rows=3 /> }.into_any(),
        Status::SignedOut(ended) => {
            // Who signs out by themselves does not mean to come back here.
            let is_leaving = was_inside.get_value() && ended.is_none();
            let path = if is_leaving { "/sign-in".to_owned() } else { with_next("/sign-in", &here()) };
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            view! { <Redirect path options /> }.into_any()
        }
    }
}
