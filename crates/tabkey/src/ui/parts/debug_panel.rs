//! The tab's state machine at work, for a developer: `?tabkey=debug` in dev builds. It shows no token, for the trace holds
//! none. Runs in: both; drawn in the browser only.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::browser::session::use_session;

const LOOK_EVERY: Duration = Duration::from_millis(500);

#[component]
pub fn DebugPanel() -> impl IntoView {
    let query = use_query_map();
    let is_shown = RwSignal::new(false);
    // In an effect, so that the first HTML and hydration agree.
    Effect::new(move |_| {
        let is_asked_for = query.with(|query| query.get("tabkey").as_deref() == Some("debug"));
        is_shown.set(cfg!(debug_assertions) && is_asked_for);
    });
    move || is_shown.get().then(|| view! { <Panel /> })
}

#[component]
fn Panel() -> impl IntoView {
    let session = use_session();
    let lines = RwSignal::new(Vec::<String>::new());
    let timer = RwSignal::new(None::<u64>);
    let look = move || {
        let now = session.trace();
        if lines.with_untracked(|known| *known != now) {
            let known = lines.with_untracked(|lines| lines.last().cloned());
            let fresh = now.iter().rev().take_while(|line| Some(*line) != known.as_ref()).count();
            for line in &now[now.len() - fresh..] {
                leptos::logging::log!("tabkey: {line}");
            }
            lines.set(now);
        }
        timer.set(session.timer_in());
    };
    if let Ok(interval) = set_interval_with_handle(look, LOOK_EVERY) {
        on_cleanup(move || interval.clear());
    }
    view! {
        <aside class="debug" aria-label="Tabkey debug">
            <p>
                {move || format!("{:?}", session.status())} " · next timer: "
                {move || timer.get().map_or("none".into(), |left| format!("in {} s", left / 1_000))}
            </p>
            <ol reversed=true>
                {move || lines.get().into_iter().rev().map(|line| view! { <li>{line}</li> }).collect_view()}
            </ol>
        </aside>
    }
}
