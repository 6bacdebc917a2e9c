//! Carries out what the machine decided: one arm an effect, no decision. Runs in: the browser.

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use super::{
    events, hint,
    machine::{Effect, Event, Millis},
    memory, refresh,
    tab::{Tab, post, with},
};

/// A timer longer than this would overflow the browser's; the machine sets it again when it runs.
const LONGEST_TIMER: Millis = 12 * 3_600_000;

pub(super) fn carry_out(effect: Effect, now: Millis) {
    match effect {
        Effect::AskRefresh => refresh::start(),
        Effect::AbandonRefresh => refresh::abandon(),
        Effect::SetTimer(at) => {
            let wait = at.saturating_sub(now).clamp(1, LONGEST_TIMER);
            let timer = Timeout::new(u32::try_from(wait).unwrap_or(u32::MAX), || post(Event::Timer));
            drop(with(|tab| {
                tab.timer_at = Some(at);
                tab.timer.replace(timer)
            }));
        }
        Effect::ClearTimer => drop(with(|tab| {
            tab.timer_at = None;
            tab.timer.take()
        })),
        Effect::KeepToken => drop(with(Tab::keep)),
        // Dropping overwrites them.
        Effect::DropToken => drop(with(|tab| (tab.token.take(), tab.refresh_token.take()))),
        Effect::Tell(peer) => drop(with(|tab| tab.peers.tell(&peer))),
        Effect::ForgetHint(session) => hint::forget(session),
        Effect::KeepReason(ended) => memory::keep_reason(ended.as_ref()),
        Effect::KeepPendingSignOut(session) => memory::keep_pending_sign_out(session),
        Effect::ForgetPendingSignOut(session) => memory::forget_pending_sign_out(session),
        Effect::SendSignOut(session) => refresh::send_sign_out(session),
        Effect::OpenStream(number) => events::open(number),
        Effect::CloseStream => events::close(),
        Effect::DevicesChanged => {
            if let Some(Some(sink)) = with(|tab| tab.sink.clone()) {
                (sink.devices_changed)();
            }
        }
        Effect::ReportUse => spawn_local(refresh::report_use()),
        Effect::Reload => {
            if let Some(window) = web_sys::window() {
                let _ = window.location().reload();
            }
        }
    }
}
