//! What happened, to whom and by whom. Runs in: both.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::hooks::{use_navigate, use_query_map};

use super::AdminOnly;
use crate::{
    api,
    ui::{
        parts::{LogTable, Notice, Pages, Skeleton, address, field_value},
        words::{Words, words},
    },
};
use tabkey_core::{Error, FieldError, Log, Permission};

#[component]
pub fn AdminLog() -> impl IntoView {
    let words = &words().admin_log;
    view! {
        <AdminOnly permission=Permission::ReadLog title=words.title>
            <h1>{words.title}</h1>
            <Lines />
        </AdminOnly>
    }
}

#[component]
fn Lines() -> impl IntoView {
    let words = words();
    let said = &words.admin_log;
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| ["kind", "user", "after"].map(|name| query.get(name).unwrap_or_default()))
    });
    let resource = Resource::new(
        move || asked.get(),
        |[kind, user, after]| async move {
            (api::admin_log(kind.clone(), user.clone(), after.clone()).await, [kind, user, after])
        },
    );
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (kind, user) = (field_value(&event, "kind"), field_value(&event, "user"));
        navigate(&address("/admin/log", &[("kind", &kind), ("user", user.trim())]), Default::default());
    };
    let kinds = words.log.kinds().map(|(kind, words)| {
        view! {
            <option
                value=kind
                selected=move || asked.with(|[asked, ..]| asked == kind)
                prop:selected=move || asked.with(|[asked, ..]| asked == kind)
            >
                {words}
            </option>
        }
    });
    view! {
        <form class="filter" method="get" action="/admin/log" role="search" aria-label=said.search on:submit=submit novalidate>
            <div class="field">
                <label for="kind">{said.kind}</label>
                <select id="kind" name="kind">
                    <option value="">{said.every_kind}</option>
                    {kinds.collect_view()}
                </select>
            </div>
            <div class="field">
                <label for="user">{said.user}</label>
                <input
                    id="user"
                    name="user"
                    type="email"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    value=asked.with_untracked(|[_, user, _]| user.clone())
                    prop:value=move || asked.with(|[_, user, _]| user.clone())
                />
            </div>
            <button type="submit" class="button button-primary">
                {said.show}
            </button>
        </form>
        <Transition fallback=|| {
            view! { <Skeleton rows=3 /> }
        }>
            {move || Suspend::new(async move {
                match resource.await {
                    (Ok(page), [kind, user, after]) => view! { <Found page kind user after /> }.into_any(),
                    (Err(error), _) => view! { <Notice kind="bad">{wrong(words, &error)}</Notice> }.into_any(),
                }
            })}
        </Transition>
    }
}

fn wrong(words: &Words, error: &Error) -> String {
    match error {
        Error::InvalidInput { fields } if fields.get("user") == Some(&FieldError::Malformed) => {
            words.admin_log.user_malformed.to_owned()
        }
        error => words.error(error),
    }
}

#[component]
fn Found(page: Log, kind: String, user: String, after: String) -> impl IntoView {
    let words = &words().admin_log;
    let first = address("/admin/log", &[("kind", &kind), ("user", &user)]);
    let next = page.next.map(|next| address("/admin/log", &[("kind", &kind), ("user", &user), ("after", &next)]));
    let said = (words.found)(page.lines.len() as u64, next.is_some());
    view! {
        <p class="muted" role="status" aria-live="polite">
            {said}
        </p>
        {(!page.lines.is_empty()).then(|| view! { <LogTable lines=page.lines caption=words.caption /> })}
        <Pages first=(!after.is_empty()).then_some(first) first_label=words.newest next next_label=words.older />
    }
}
