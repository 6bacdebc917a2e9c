//! Two clocks: the monotonic one, by which everything is counted, and the wall clock, only to notice sleep. Runs in: the
//! browser.

use super::machine::Millis;

/// A jump of the wall clock against the monotonic one that counts as sleep.
const SLEEP: f64 = 5_000.0;

/// Milliseconds since the page began.
pub fn now() -> Millis {
    performance() as Millis
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

/// Remembers both clocks, and tells how much further the wall clock went.
pub struct SleepWatch {
    monotonic: f64,
    wall: f64,
}

impl SleepWatch {
    pub fn new() -> Self {
        Self { monotonic: performance(), wall: js_sys::Date::now() }
    }

    /// Milliseconds that the device slept since the last look, if it did. A person who sets the clock forward looks the
    /// same, and costs one refresh.
    pub fn look(&mut self) -> Option<Millis> {
        let now = Self::new();
        let slept = (now.wall - self.wall) - (now.monotonic - self.monotonic);
        *self = now;
        (slept > SLEEP).then_some(slept as Millis)
    }
}

fn performance() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}
