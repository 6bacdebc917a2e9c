//! The frame of the admin's pages: for others they are not there. Runs in: both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use super::NotFound;
use crate::ui::{
    parts::{Allowed, Protected},
    words::words,
};
use tabkey_core::Permission;

#[component]
pub fn AdminOnly(
    /// What the calls of the page need.
    permission: Permission,
    #[prop(into)] title: String,
    children: ChildrenFn,
) -> impl IntoView {
    let words = &words().admin;
    let (children, title) = (StoredValue::new(children), StoredValue::new(title));
    view! {
        <Protected>
            <Allowed permission otherwise=|| view! { <NotFound /> }>
                <Title text=title.get_value() />
                <div class="page admin">
                    <nav class="tabs" aria-label=words.menu>
                        <A href="/admin" exact=true>
                            {words.accounts_tab}
                        </A>
                        <A href="/admin/log">{words.log_tab}</A>
                    </nav>
                    {children.with_value(|children| children())}
                </div>
            </Allowed>
        </Protected>
    }
}
