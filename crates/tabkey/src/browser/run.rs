//! How the tab runs: an event passes through the machine, what it decided is carried out, and the page shows it. Runs in: the
//! browser.

use std::rc::Rc;

use gloo_timers::callback::Interval;

use super::{
    Calls,
    carry_out::carry_out,
    clock::{self, SleepWatch},
    hint, listen,
    machine::{Boot, Event, Millis, Phase},
    memory,
    peers::Peers,
    shown::{PasswordAsked, Shown, Sink, Status},
    tab::{self, with},
};
use tabkey_core::{Drawn, DrawnFor};

/// Milliseconds between two looks at the clock.
const TICK: u32 = 1_000;
/// Seconds between two changes of times shown as "2 minutes ago".
const COARSE: i64 = 15;

/// Starts the tab's session; once per page, before hydration.
pub fn start(calls: Calls) {
    tab::install(calls, Peers::listen(|peer| dispatch(Event::Peer(peer))), dispatch);
    listen::listen(dispatch);
}

/// Lets go of the tokens, the timers and the other tabs, and hears nothing any more: for a page that goes on with another module.
pub fn abandon() {
    tab::uninstall();
}

/// Binds what the page shows and begins, once the page is there to be seen; nothing where [`start`] was not called, as on the
/// server.
pub(super) fn boot(sink: Sink, drawn: Drawn) {
    let drawn_at = clock::now();
    let started = with(|tab| {
        tab.sink = Some(Rc::new(sink));
        tab.told_time = (drawn.at, drawn_at);
        if let DrawnFor::Person(identity) = &drawn.person {
            tab.identity = Some(identity.clone());
        }
    });
    if started.is_none() {
        return;
    }
    hint::learn(&drawn.hint_cookie);
    if !drawn.profile.keeps_cookies() {
        listen::closing(dispatch);
    }
    listen::shown(move |was_prerendered| begin(drawn, drawn_at, was_prerendered));
}

fn begin(drawn: Drawn, drawn_at: Millis, was_prerendered: bool) {
    // What another profile left in the jar is nobody's.
    let hint = hint::read().filter(|_| drawn.profile.keeps_cookies());
    let at = drawn.at + i64::try_from((clock::now() - drawn_at) / 1_000).unwrap_or(0);
    let (drawn_for, idle_ends_at, told) = match drawn.person {
        // Opening the page was use: what was left when it was drawn is less than what is left now.
        DrawnFor::Person(identity) => (Some(identity.session.id), identity.session.idle_expires_at, None),
        DrawnFor::Nobody(ended) => (None, 0, ended),
        DrawnFor::Unknown => (None, 0, None),
    };
    let (listens, hears_others) = with(|tab| (tab.calls.events.is_some(), tab.peers.are_there())).unwrap_or_default();
    with(|tab| tab.ticks = Some(Interval::new(TICK, tick)));
    dispatch(Event::Boot(Boot {
        profile: drawn.profile,
        at,
        drawn_for,
        hint,
        // A reason that an earlier page kept counts only while nobody has signed in since.
        ended: told.or_else(|| if hint.is_none() { memory::reason() } else { None }),
        sign_out_pending: memory::pending_sign_out(),
        idle_limit: (idle_ends_at - drawn.at).max(0).unsigned_abs() * 1_000,
        visible: listen::is_visible(),
        online: listen::is_online(),
        was_prerendered,
        number: clock::number(),
        listens,
        hears_others,
    }));
}

/// Lets the machine decide, carries it out in order, and shows the outcome.
pub(super) fn dispatch(event: Event) {
    let slept = SleepWatch::look();
    let now = clock::now();
    // Nothing is drawn on a page that goes.
    let is_shown = event != Event::Unloaded;
    let effects = with(|tab| {
        let mut effects = if slept { tab.step(Event::Slept, now) } else { Vec::new() };
        effects.extend(tab.step(event, now));
        effects
    });
    for effect in effects.unwrap_or_default() {
        carry_out(effect, now);
    }
    if is_shown {
        show(now);
    }
    wake(now);
}

/// Lets the requests look again that waited, once there is something to see.
fn wake(now: Millis) {
    let waiting = with(|tab| {
        let is_time = !tab.state.is_asking() && !tab.state.waits_for_password(now);
        if is_time { std::mem::take(&mut tab.waiting) } else { Vec::new() }
    });
    for changed in waiting.unwrap_or_default() {
        let _ = changed.send(());
    }
}

/// Moves the times that pages show, and lets the limits be looked at.
fn tick() {
    if let Some((Some(sink), (at, then))) = with(|tab| (tab.sink.clone(), tab.told_time)) {
        let seconds = i64::try_from((clock::now() - then) / 1_000).unwrap_or(0);
        if seconds % COARSE == 0 {
            (sink.time)(at + seconds);
        }
    }
    dispatch(Event::Tick);
}

/// A page that has not begun stays as it was drawn.
fn show(now: Millis) {
    let shown = with(|tab| {
        if !tab.state.is_begun {
            return None;
        }
        let status = match &tab.state.phase {
            Phase::Unknown => Status::Unknown,
            Phase::SignedOut(ended) => Status::SignedOut(ended.clone()),
            Phase::SignedIn { .. } => Status::SignedIn,
        };
        if matches!(status, Status::SignedOut(_)) {
            tab.identity = None;
        }
        let state = &tab.state;
        let shown = Shown {
            status,
            identity: tab.identity.clone(),
            degraded: state.trouble.is_some() || (!state.online && state.session().is_some()),
            covered: state.is_covered(now),
            forgets: state.forgets && state.session().is_some(),
            idle_left: state.idle_warning(now).map(|left| left.div_ceil(1_000)),
            password_asked: state
                .password_wanted(now)
                .map(|wanted| PasswordAsked { seconds_left: wanted.left.div_ceil(1_000), is_due: wanted.is_due }),
        };
        tab.sink.clone().map(|sink| (sink, shown))
    });
    if let Some((sink, shown)) = shown.flatten() {
        (sink.show)(shown);
    }
}

/// The last transitions, oldest first, for a developer; they hold no token.
pub(super) fn trace() -> Vec<String> {
    with(|tab| tab.trace.iter().cloned().collect()).unwrap_or_default()
}

/// Milliseconds until the timer that is set runs.
pub(super) fn timer_in() -> Option<Millis> {
    with(|tab| tab.timer_at.and_then(|at| at.checked_sub(clock::now())))?
}
