//! Two clocks: the monotonic one, by which everything is counted, and the wall clock, only to notice sleep. Runs in: the
//! browser.

use std::cell::Cell;

use super::machine::Millis;

/// A jump of the wall clock against the monotonic one that counts as sleep.
const SLEEP: f64 = 5_000.0;

/// Milliseconds since the page began, those included in which the device slept.
pub fn now() -> Millis {
    (performance() + WATCH.get().slept) as Millis
}

/// See [`super::session::local_time`].
pub fn local_time(unix_seconds: i64) -> Option<String> {
    if !cfg!(target_arch = "wasm32") {
        return None;
    }
    let options = js_sys::Object::new();
    for (name, style) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        let _ = js_sys::Reflect::set(&options, &name.into(), &style.into());
    }
    let date = js_sys::Date::new(&(unix_seconds as f64 * 1_000.0).into());
    // The page is in English; the time zone is the device's.
    Some(date.to_locale_string("en-GB", &options).into())
}

/// 0 to 999, by chance.
pub fn jitter() -> u16 {
    (js_sys::Math::random() * 1_000.0) as u16
}

/// A number by chance.
pub fn number() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}

thread_local! {
    static WATCH: Cell<SleepWatch> = Cell::new(SleepWatch::new());
}

/// Remembers both clocks: the monotonic one may stand still while the device sleeps.
#[derive(Clone, Copy)]
pub struct SleepWatch {
    monotonic: f64,
    wall: f64,
    /// Milliseconds that the device slept since the page began.
    slept: f64,
}

impl SleepWatch {
    fn new() -> Self {
        Self { monotonic: performance(), wall: js_sys::Date::now(), slept: 0.0 }
    }

    /// Whether the device slept since the last look; from now on the time that went by counts. A person who sets the clock
    /// forward looks the same, and costs one refresh.
    pub fn look() -> bool {
        let (before, now) = (WATCH.get(), Self::new());
        let further = (now.wall - before.wall) - (now.monotonic - before.monotonic);
        let slept = if further > SLEEP { further } else { 0.0 };
        WATCH.set(Self { slept: before.slept + slept, ..now });
        slept > 0.0
    }
}

fn performance() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}
