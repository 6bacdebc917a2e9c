//! Who is here now, and every account. Runs in: both.

use std::time::Duration;

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use leptos_router::{
    components::A,
    hooks::{use_navigate, use_query_map},
};

use super::AdminOnly;
use crate::{
    api,
    ui::{
        parts::{Chart, Failed, Pages, Skeleton, Time, address, field_value},
        words::words,
    },
};
use tabkey_core::{AccountLine, Accounts, Overview, Permission};

/// How often the page asks who is here. While nobody touches the page such a call is marked as its own doing.
const ASK_EVERY: Duration = Duration::from_secs(5);

#[component]
pub fn Admin() -> impl IntoView {
    let words = &words().admin;
    view! {
        <AdminOnly permission=Permission::ManageUsers title=words.title>
            <h1>{words.title}</h1>
            <Now />
            <Directory />
        </AdminOnly>
    }
}

#[component]
fn Now() -> impl IntoView {
    let resource = Resource::new(|| (), |()| api::admin_overview());
    view! {
        <Suspense fallback=|| {
            view! { <Skeleton rows=1 /> }
        }>
            {move || Suspend::new(async move {
                match resource.await {
                    Ok(overview) => view! { <Live overview /> }.into_any(),
                    Err(error) => view! { <Failed error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Live(overview: Overview) -> impl IntoView {
    let words = &words().admin;
    let overview = RwSignal::new(overview);
    Effect::new(move |_| {
        let ask = move || {
            if document().hidden() {
                return;
            }
            spawn_local(async move {
                if let Ok(now) = api::admin_overview().await {
                    overview.try_set(now);
                }
            });
        };
        if let Ok(ticks) = set_interval_with_handle(ask, ASK_EVERY) {
            on_cleanup(move || ticks.clear());
        }
    });
    let minutes = Memo::new(move |_| overview.with(|overview| overview.minutes.clone()));
    let online = Memo::new(move |_| overview.with(|overview| overview.online.clone()));
    view! {
        <section class="now" aria-labelledby="now">
            <h2 id="now">{words.now}</h2>
            <dl class="numbers">
                <div class="card">
                    <dt>{words.people_online}</dt>
                    <dd data-testid="online">{move || overview.with(|overview| overview.online_count)}</dd>
                </div>
                <div class="card">
                    <dt>{words.live_sessions}</dt>
                    <dd data-testid="sessions">{move || overview.with(|overview| overview.sessions)}</dd>
                </div>
            </dl>
            <Chart minutes />
            <ul class="online" role="list" aria-label=words.online_list>
                <For each=move || online.get() key=|account| account.id let:account>
                    <li>
                        <A href=format!("/admin/users/{}", account.id)>{account.display_name}</A>
                    </li>
                </For>
            </ul>
        </section>
    }
}

/// The list of accounts: what is looked for stands in the address, so that it can be reloaded, left and come back to.
#[component]
fn Directory() -> impl IntoView {
    let words = &words().admin;
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| ["search", "sort", "after"].map(|name| query.get(name).unwrap_or_default()))
    });
    let resource = Resource::new(
        move || asked.get(),
        |[search, sort, after]| async move {
            let page = api::admin_users(search.clone(), sort.clone(), after.clone()).await;
            (page, [search, sort, after])
        },
    );
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (search, sort) = (field_value(&event, "search"), field_value(&event, "sort"));
        navigate(&address("/admin", &[("search", &search), ("sort", &sort)]), Default::default());
    };
    let is_sorted_by = move |name: &'static str| asked.with(|[_, sort, _]| sort == name);
    view! {
        <form class="filter" method="get" action="/admin" role="search" aria-label=words.search on:submit=submit>
            <div class="field">
                <label for="search">{words.search_label}</label>
                <input
                    id="search"
                    name="search"
                    type="search"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    maxlength="100"
                    value=asked.with_untracked(|[search, ..]| search.clone())
                    prop:value=move || asked.with(|[search, ..]| search.clone())
                />
            </div>
            <div class="field">
                <label for="sort">{words.sort}</label>
                <select id="sort" name="sort">
                    <option value="" selected=move || is_sorted_by("") prop:selected=move || is_sorted_by("")>
                        {words.sort_newest}
                    </option>
                    <option value="last_used" selected=move || is_sorted_by("last_used") prop:selected=move || is_sorted_by("last_used")>
                        {words.sort_last_used}
                    </option>
                    <option value="email" selected=move || is_sorted_by("email") prop:selected=move || is_sorted_by("email")>
                        {words.sort_email}
                    </option>
                </select>
            </div>
            <button type="submit" class="button button-primary">
                {words.show}
            </button>
        </form>
        <Transition fallback=|| {
            view! { <Skeleton rows=3 /> }
        }>
            {move || Suspend::new(async move {
                match resource.await {
                    (Ok(page), [search, sort, after]) => view! { <Found page search sort after /> }.into_any(),
                    (Err(error), _) => view! { <Failed error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(page: Accounts, search: String, sort: String, after: String) -> impl IntoView {
    let words = &words().admin;
    let count = page.accounts.len();
    let first = address("/admin", &[("search", &search), ("sort", &sort)]);
    let next = page.next.map(|next| address("/admin", &[("search", &search), ("sort", &sort), ("after", &next)]));
    let said = (words.found)(count as u64, next.is_some());
    view! {
        <p class="muted" role="status" aria-live="polite">
            {said}
        </p>
        {(count > 0).then(|| view! { <Table accounts=page.accounts /> })}
        <Pages first=(!after.is_empty()).then_some(first) first_label=words.first_page next next_label=words.next_page />
    }
}

#[component]
fn Table(accounts: Vec<AccountLine>) -> impl IntoView {
    let words = &words().admin;
    view! {
        <div class="table" role="region" aria-label=words.table tabindex="0">
            <table>
                <caption class="visually-hidden">{words.caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{words.account}</th>
                        <th scope="col" class="wide">
                            {words.roles}
                        </th>
                        <th scope="col" class="number">
                            {words.devices}
                        </th>
                        <th scope="col">{words.last_used}</th>
                        <th scope="col" class="wide">
                            {words.signed_up}
                        </th>
                    </tr>
                </thead>
                <tbody>{accounts.into_iter().map(|account| view! { <Row account /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(account: AccountLine) -> impl IntoView {
    let words = &words().admin;
    view! {
        <tr>
            <th scope="row">
                <A href=format!("/admin/users/{}", account.id)>{account.display_name}</A>
                {account.blocked_at.map(|_| view! { " " <span class="badge badge-bad">{words.blocked}</span> })}
                <span class="muted">{account.email}</span>
            </th>
            <td class="wide">{account.roles.join(", ")}</td>
            <td class="number">{account.sessions}</td>
            <td class="nowrap">
                <Time at=account.last_used_at />
            </td>
            <td class="nowrap wide">
                <Time at=account.created_at />
            </td>
        </tr>
    }
}
