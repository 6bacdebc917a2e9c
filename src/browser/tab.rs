//! The tab: what it holds, the only holder of its tokens among it, and how an event passes through the machine. Runs in: the browser.

use std::{cell::RefCell, collections::VecDeque};

use futures_channel::oneshot;
use gloo_timers::callback::{Interval, Timeout};

use super::{
    Calls,
    carry_out::carry_out,
    clock::{self, SleepWatch},
    hint, listen,
    machine::{Effect, Event, Millis, Peer, Phase, Refresh, State, step},
    memory,
    peers::Peers,
    refresh,
    session::{PasswordAsked, Session, Shown, Status},
};
use crate::shared::{AccessToken, Drawn, DrawnFor, Error, Grant, Identity, RefreshToken};

/// Transitions kept for a developer.
const TRACE: usize = 50;
/// Milliseconds between two looks at the clock.
const TICK: u32 = 1_000;
/// Seconds between two changes of times shown as "2 minutes ago".
const COARSE: i64 = 15;
/// Milliseconds without input after which a call is the page's own doing.
const BACKGROUND: Millis = 60_000;

thread_local! {
    /// One page, one thread, one tab.
    static TAB: RefCell<Option<Tab>> = const { RefCell::new(None) };
}

pub(super) struct Tab {
    pub(super) calls: Calls,
    pub(super) state: State,
    pub(super) token: Option<AccessToken>,
    /// Where no cookie carries it.
    pub(super) refresh_token: Option<RefreshToken>,
    identity: Option<Identity>,
    pub(super) signals: Option<Session>,
    pub(super) timer: Option<Timeout>,
    pub(super) timer_at: Option<Millis>,
    sleep: SleepWatch,
    /// The server's time in unix seconds, and when by our clock it was told.
    told_time: (i64, Millis),
    ticks: Option<Interval>,
    pub(super) peers: Peers,
    /// When the person last touched, pressed or typed anything here.
    input_at: Option<Millis>,
    /// When another tab last told that its event stream lives, or this tab told the others.
    pub(super) stream_heard_at: Option<Millis>,
    /// Requests that wait for the refresh under way.
    pub(super) waiting: Vec<oneshot::Sender<()>>,
    trace: VecDeque<String>,
}

/// Starts the tab's session; once per page, before hydration.
pub fn start(calls: Calls) {
    let peers = Peers::listen(|peer| dispatch(Event::Peer(peer)));
    let tab = Tab {
        calls,
        state: State::new(),
        token: None,
        refresh_token: None,
        identity: None,
        signals: None,
        timer: None,
        timer_at: None,
        sleep: SleepWatch::new(),
        told_time: (0, clock::now()),
        ticks: None,
        peers,
        input_at: None,
        stream_heard_at: None,
        waiting: Vec::new(),
        trace: VecDeque::new(),
    };
    TAB.with_borrow_mut(|slot| *slot = Some(tab));
    listen::listen(dispatch);
}

/// Binds the signals and begins; nothing where [`start`] was not called, as on the server.
pub fn boot(signals: Session, drawn: Drawn) {
    let started = with(|tab| {
        tab.signals = Some(signals);
        tab.told_time = (drawn.at, clock::now());
        tab.ticks = Some(Interval::new(TICK, tick));
        if let DrawnFor::Person(identity) = &drawn.person {
            tab.identity = Some(identity.clone());
        }
    });
    if started.is_none() {
        return;
    }
    hint::learn_suffix(drawn.cookie_suffix);
    // What another profile left in the jar is nobody's.
    let hint = hint::read().filter(|_| drawn.profile.keeps_cookies());
    let (person, idle_ends_at, told) = match drawn.person {
        // Opening the page was use: what was left when it was drawn is less than what is left now.
        DrawnFor::Person(identity) => (Some(identity.session.id), identity.session.idle_expires_at, None),
        DrawnFor::Nobody(ended) => (None, 0, ended),
        DrawnFor::Unknown => (None, 0, None),
    };
    let idle_limit = (idle_ends_at - drawn.at).max(0).unsigned_abs() * 1_000;
    // A reason that an earlier page kept counts only while nobody has signed in since.
    let ended = told.or_else(|| if hint.is_none() { memory::reason() } else { None });
    dispatch(Event::Boot {
        profile: drawn.profile,
        at: drawn.at,
        drawn_for: person,
        hint,
        ended,
        sign_out_pending: memory::pending_sign_out(),
        idle_limit,
    });
}

/// Takes what sign-in or sign-up in this tab answered.
pub fn signed_in(grant: Grant) {
    let (life, left, idle_left) = refresh::times(&grant);
    let session = grant.session.id;
    keep(grant);
    dispatch(Event::SignedIn { session, life, left, idle_left, jitter: clock::jitter() });
}

/// Lets the machine decide, carries it out in order, and shows the outcome.
pub fn dispatch(event: Event) {
    let now = clock::now();
    // Nothing is drawn on a page that goes.
    let is_shown = event != Event::Unloaded;
    let effects = with(|tab| {
        match &event {
            Event::Input => tab.input_at = Some(now),
            Event::Peer(Peer::Listening { session }) if tab.state.session() == Some(*session) => {
                tab.stream_heard_at = Some(now);
            }
            _ => {}
        }
        let mut effects = Vec::new();
        if let Some(slept) = tab.sleep.look() {
            effects.extend(tab.step(Event::Slept(slept), now));
        }
        effects.extend(tab.step(event, now));
        effects
    });
    for effect in effects.unwrap_or_default() {
        carry_out(effect, now);
    }
    if is_shown {
        show();
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

/// A token that may be sent now, waiting for a refresh where one is needed. Errors: what the refresh met; 401
/// `token_missing` or `session_ended` when signed out.
pub async fn token() -> Result<(AccessToken, u64), Error> {
    dispatch(Event::Wanted);
    loop {
        let look = with(|tab| {
            let now = clock::now();
            let usable = tab.state.usable_token(now).zip(tab.token.clone());
            match (&tab.state.phase, tab.state.refresh, usable) {
                (Phase::SignedOut(Some(ended)), ..) => Err(Error::SessionEnded(ended.clone())),
                (Phase::SignedOut(None), ..) => Err(Error::TokenMissing),
                // A refresh that is merely early does not hold up a request.
                (.., Some((times, token))) if !tab.state.is_asking() || !tab.state.wants_refresh(now) => {
                    Ok(Ok((token, times.serial)))
                }
                (_, Refresh::Asking { .. }, _) => Ok(Err(tab.wait())),
                _ if tab.state.waits_for_password(now) => Ok(Err(tab.wait())),
                _ => Err(tab.state.trouble.clone().unwrap_or(Error::Offline)),
            }
        });
        match look.unwrap_or(Err(Error::TokenMissing))? {
            Ok(token) => return Ok(token),
            Err(changed) => drop(changed.await),
        }
    }
}

/// The last transitions, oldest first, for a developer; they hold no token.
pub fn trace() -> Vec<String> {
    with(|tab| tab.trace.iter().cloned().collect()).unwrap_or_default()
}

/// Milliseconds until the timer that is set runs.
pub fn timer_in() -> Option<Millis> {
    with(|tab| tab.timer_at.and_then(|at| at.checked_sub(clock::now())))?
}

impl Tab {
    fn step(&mut self, event: Event, now: Millis) -> Vec<Effect> {
        let is_frequent = matches!(event, Event::Input | Event::Tick);
        let line = if is_frequent { String::new() } else { format!("{now} ms: {event:?}") };
        let (state, effects) = step(std::mem::take(&mut self.state), event, now);
        self.state = state;
        // They come by the hundred, and hardly ever matter.
        if is_frequent {
            return effects;
        }
        if self.trace.len() == TRACE {
            self.trace.pop_front();
        }
        self.trace.push_back(format!("{line} → {:?}, {effects:?}", self.state.phase));
        effects
    }

    /// Whether a call made now is the page's own doing: nobody has touched it for a minute.
    pub(super) fn is_background(&self) -> bool {
        self.input_at.is_none_or(|at| clock::now().saturating_sub(at) > BACKGROUND)
    }

    /// Lets the other tabs know that the stream lives, so that they need none of their own.
    pub(super) fn tell_of_stream(&mut self) {
        self.stream_heard_at = Some(clock::now());
        if let Some(session) = self.state.session().filter(|_| self.state.profile.keeps_cookies()) {
            self.peers.tell(&Peer::Listening { session });
        }
    }

    fn wait(&mut self) -> oneshot::Receiver<()> {
        let (changed, wait) = oneshot::channel();
        self.waiting.push(changed);
        wait
    }
}

pub(super) fn with<T>(look: impl FnOnce(&mut Tab) -> T) -> Option<T> {
    TAB.with_borrow_mut(|tab| tab.as_mut().map(look))
}

/// Moves the times that pages show, and looks whether anybody still uses the session.
fn tick() {
    let Some((Some(signals), (at, then))) = with(|tab| (tab.signals, tab.told_time)) else { return };
    let seconds = ((clock::now() - then) / 1_000) as i64;
    if seconds % COARSE == 0 {
        signals.set_now(at + seconds);
    }
    dispatch(Event::Tick);
}

pub(super) fn keep(grant: Grant) {
    with(|tab| {
        tab.told_time = (grant.server_time, clock::now());
        tab.token = Some(grant.access_token);
        tab.refresh_token = grant.refresh_token;
        tab.identity = Some(Identity { user: grant.user, session: grant.session });
    });
}

/// Writes the signals where they differ, so that a refresh draws nothing anew.
fn show() {
    let Some((signals, shown)) = with(|tab| {
        let now = clock::now();
        let status = match &tab.state.phase {
            Phase::Unknown => Status::Unknown,
            Phase::SignedOut(ended) => Status::SignedOut(ended.clone()),
            Phase::SignedIn { .. } => Status::SignedIn,
        };
        if status != Status::SignedIn && status != Status::Unknown {
            tab.identity = None;
        }
        let degraded = tab.state.trouble.is_some() || (!tab.state.online && tab.state.session().is_some());
        let idle_left = tab.state.idle_warning(now).map(|left| left.div_ceil(1_000));
        let password_asked = tab
            .state
            .password_wanted(now)
            .map(|wanted| PasswordAsked { seconds_left: wanted.left.div_ceil(1_000), is_due: wanted.is_due });
        (tab.signals, Shown { status, identity: tab.identity.clone(), degraded, idle_left, password_asked })
    }) else {
        return;
    };
    if let Some(signals) = signals {
        signals.show(shown);
    }
}
