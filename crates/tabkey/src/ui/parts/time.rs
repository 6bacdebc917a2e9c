//! A moment: how long ago, and exactly on hover. Runs in: both.

use leptos::prelude::*;

use crate::{
    browser::session::{local_time, use_session},
    times::iso,
    ui::words::words,
};

#[component]
pub fn Time(
    /// Unix seconds.
    at: i64,
) -> impl IntoView {
    let session = use_session();
    let words = words();
    let exact = RwSignal::new(words.utc(at));
    // The device's own time zone is known only there.
    Effect::new(move |_| {
        if let Some(local) = local_time(at) {
            exact.set(local);
        }
    });
    view! {
        <time datetime=iso(at) title=exact>
            {move || words.ago(at, session.now())}
        </time>
    }
}
