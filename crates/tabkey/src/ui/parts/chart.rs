//! The last half hour as bars. Runs in: both.

use leptos::prelude::*;

use crate::ui::words::words;
use tabkey_core::Minute;

/// As many as the drawing has room for.
const MINUTES: u64 = 30;
/// Of the drawing, in its own units; the page scales it.
const HEIGHT: i64 = 80;
const STEP: usize = 10;
const WIDTH: usize = 8;

/// Sign-ins, with refusals on top of them; a screen reader hears the sums.
#[component]
pub fn Chart(#[prop(into)] minutes: Signal<Vec<Minute>>) -> impl IntoView {
    let words = words();
    let sum = move |of: fn(&Minute) -> i64| minutes.with(|minutes| minutes.iter().map(of).sum::<i64>());
    let most =
        move || minutes.with(|minutes| minutes.iter().map(|m| m.sign_ins + m.refusals).max().unwrap_or(0).max(1));
    let name = move || {
        let (sign_ins, refusals) = (sum(|minute| minute.sign_ins), sum(|minute| minute.refusals));
        (words.chart.summary)(MINUTES, sign_ins, refusals)
    };
    let bars = move || {
        let most = most();
        let tall = |count: i64| count * HEIGHT / most;
        minutes.with(|minutes| {
            let bar = |(at, minute): (usize, &Minute)| {
                let (good, bad) = (tall(minute.sign_ins), tall(minute.refusals));
                view! {
                    <rect class="chart-good" x=at * STEP + 1 y=HEIGHT - good width=WIDTH height=good />
                    <rect class="chart-bad" x=at * STEP + 1 y=HEIGHT - good - bad width=WIDTH height=bad />
                }
            };
            minutes.iter().enumerate().map(bar).collect_view()
        })
    };
    view! {
        <figure class="chart card">
            <figcaption>
                <span class="chart-key chart-key-good">{words.chart.sign_ins}</span>
                <span class="chart-key chart-key-bad">{words.chart.refusals}</span>
                <span class="muted">{move || (words.chart.most)(most())}</span>
            </figcaption>
            <svg viewBox="0 0 300 80" preserveAspectRatio="none" role="img" aria-label=name>
                {bars}
            </svg>
            <p class="chart-axis muted" aria-hidden="true">
                <span>{(words.times.minutes_ago)(MINUTES)}</span>
                <span>{words.chart.now}</span>
            </p>
        </figure>
    }
}
