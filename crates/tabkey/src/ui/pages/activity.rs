//! A person's own part of the security log, and what to do about a line that was not their doing. Runs in: both.

use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api,
    ui::{
        parts::{Button, ConfirmDialog, Failed, FormNotice, Notice, Protected, Skeleton, Submission, Time},
        words::{can_be_disowned, is_serious, unless_empty, words},
    },
};
use tabkey_core::Activity as Line;

/// Lines that the server answers at a time.
const PAGE: usize = 50;

#[component]
pub fn Activity() -> impl IntoView {
    let words = &words().activity;
    view! {
        <Title text=words.title />
        <Protected>
            <section class="page">
                <h1>{words.title}</h1>
                <p class="lead">{words.introduction}</p>
                <Log />
            </section>
        </Protected>
    }
}

#[component]
fn Log() -> impl IntoView {
    let first = Resource::new(|| (), |()| api::my_activity(String::new()));
    view! {
        <Suspense fallback=|| {
            view! { <Skeleton rows=5 /> }
        }>
            {move || Suspend::new(async move {
                match first.await {
                    Ok(lines) => view! { <Lines lines /> }.into_any(),
                    Err(error) => view! { <Failed error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Lines(lines: Vec<Line>) -> impl IntoView {
    let words = &words().activity;
    let has_more = RwSignal::new(lines.len() == PAGE);
    let lines = RwSignal::new(lines);
    let form = Submission::unsent();
    let disowned = RwSignal::new(None::<u64>);
    let asked = RwSignal::new(None::<i64>);
    let dialog = NodeRef::<html::Dialog>::new();
    let more = Callback::new(move |()| {
        let oldest = lines.with_untracked(|lines| lines.last().map(|line| line.id.to_string())).unwrap_or_default();
        form.send(api::my_activity(oldest), move |older| {
            has_more.try_set(older.len() == PAGE);
            lines.try_update(|lines| lines.extend(older));
        });
    });
    let disown = Callback::new(move |()| {
        let Some(id) = asked.get_untracked() else { return };
        form.send(api::not_me(id.to_string()), move |answer| {
            disowned.try_set(Some(answer.revoked));
        });
    });
    let ask = Callback::new(move |id: i64| {
        asked.set(Some(id));
        if let Some(dialog) = dialog.get_untracked() {
            let _ = dialog.show_modal();
        }
    });
    view! {
        {move || {
            disowned
                .get()
                .map(|revoked| {
                    view! {
                        <Notice kind="good">
                            <p class="notice-title">{(words.disowned)(revoked)}</p>
                            <p>
                                {words.new_password.before} <A href="/account">{words.new_password.link}</A>
                                {unless_empty(words.new_password.after)}
                            </p>
                        </Notice>
                    }
                })
        }}
        <FormNotice form />
        <ol class="log" role="list" aria-label=words.list>
            <For each=move || lines.get() key=|line| line.id let:line>
                <LogLine line ask />
            </For>
        </ol>
        {move || {
            has_more
                .get()
                .then(|| view! { <Button label=words.older busy=words.loading form class="button" on_press=more /> })
        }}
        <ConfirmDialog
            dialog
            title=words.not_me_title.into()
            text=words.not_me_text
            confirm=words.not_me_confirm
            confirmed=disown
        />
    }
}

#[component]
fn LogLine(line: Line, ask: Callback<i64>) -> impl IntoView {
    let words = words();
    let what = words.log_line(&line.kind, line.detail.as_deref());
    let place: Vec<String> = [line.device, line.address].into_iter().flatten().collect();
    let is_serious = is_serious(&line.kind);
    // What this very device did needs no doubt; nor does what the server did by itself.
    let can_be_disowned = !line.current && can_be_disowned(&line.kind);
    let id = line.id;
    let form = Submission::unsent();
    let label = what.clone();
    view! {
        <li class="log-line" class:log-serious=is_serious>
            <div>
                <p class="log-what">{what}</p>
                <p class="hint">
                    <Time at=line.at /> {(!place.is_empty()).then(|| format!(" · {}", place.join(" · ")))}
                    {line.current.then_some(words.activity.this_device)}
                </p>
            </div>
            {can_be_disowned
                .then(|| {
                    view! {
                        <Button
                            label=words.activity.not_me
                            busy=""
                            form
                            class="button button-small"
                            on_press=Callback::new(move |()| {
                                ask.try_run(id);
                            })
                            name=Signal::derive(move || (words.activity.not_me_this)(&label))
                        />
                    }
                })}
        </li>
    }
}
