//! What the tab holds, its tokens among it: their only holder. It knows nobody who uses it. Runs in: the browser.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use futures_channel::oneshot;
use gloo_timers::callback::{Interval, Timeout};
use uuid::Uuid;

use super::{
    Calls, clock,
    machine::{Effect, Event, Millis, Phase, Refresh, State, step},
    peers::Peers,
    shown::Sink,
};
use tabkey_core::{AccessToken, Error, Grant, Identity, RefreshToken};

/// Transitions kept for a developer.
const TRACE: usize = 50;

thread_local! {
    /// One page, one thread, one tab.
    static TAB: RefCell<Option<Tab>> = const { RefCell::new(None) };
    /// What lets the machine decide about an event.
    static DISPATCH: Cell<fn(Event)> = const { Cell::new(|_| {}) };
}

pub(super) struct Tab {
    pub calls: Calls,
    pub state: State,
    /// A grant that has come, until the machine has decided whether it is kept.
    pub offered: Option<Grant>,
    pub token: Option<AccessToken>,
    /// Where no cookie carries it.
    pub refresh_token: Option<RefreshToken>,
    pub identity: Option<Identity>,
    pub sink: Option<Rc<Sink>>,
    pub timer: Option<Timeout>,
    pub timer_at: Option<Millis>,
    pub ticks: Option<Interval>,
    /// The server's time in unix seconds, and when by our clock it was told.
    pub told_time: (i64, Millis),
    pub peers: Peers,
    /// Dropped to give up the refresh that is under way.
    pub refreshing: Option<oneshot::Sender<()>>,
    /// Dropped to close the event stream.
    pub stream: Option<oneshot::Sender<()>>,
    /// Ready once the last sign-out of this page is through.
    pub leaving: Option<oneshot::Receiver<()>>,
    /// Requests that wait for the refresh under way.
    pub waiting: Vec<oneshot::Sender<()>>,
    pub trace: VecDeque<String>,
}

/// A token, and what it was issued for: every answer to a call names them.
pub(super) struct Bound {
    pub token: AccessToken,
    pub session: Uuid,
    pub serial: u64,
}

/// Begins to hold; `dispatch` is what [`post`] calls.
pub(super) fn install(calls: Calls, peers: Peers, dispatch: fn(Event)) {
    DISPATCH.set(dispatch);
    let tab = Tab {
        calls,
        state: State::new(),
        offered: None,
        token: None,
        refresh_token: None,
        identity: None,
        sink: None,
        timer: None,
        timer_at: None,
        ticks: None,
        told_time: (0, clock::now()),
        peers,
        refreshing: None,
        stream: None,
        leaving: None,
        waiting: Vec::new(),
        trace: VecDeque::new(),
    };
    TAB.with_borrow_mut(|slot| *slot = Some(tab));
}

/// Holds nothing and hears nothing any more, whatever state a panic has left it in.
pub(super) fn uninstall() {
    DISPATCH.set(|_| {});
    TAB.with(|tab| tab.try_borrow_mut().map(|mut tab| tab.take()).ok());
}

/// Reports what happened.
pub(super) fn post(event: Event) {
    DISPATCH.get()(event);
}

/// Reports that a grant came: it is held if the machine wants it, and overwritten otherwise.
pub(super) fn offer(grant: Grant, event: Event) {
    with(|tab| tab.offered = Some(grant));
    post(event);
    drop(with(|tab| tab.offered.take()));
}

pub(super) fn with<T>(look: impl FnOnce(&mut Tab) -> T) -> Option<T> {
    TAB.with_borrow_mut(|tab| tab.as_mut().map(look))
}

/// A token that may be sent now, waiting for a refresh where one is needed. Errors: what the refresh met; 401
/// `token_missing` or `session_ended` when signed out.
pub(super) async fn token() -> Result<Bound, Error> {
    post(Event::Wanted);
    loop {
        match with(Tab::look).unwrap_or(Err(Error::TokenMissing))? {
            Ok(bound) => return Ok(bound),
            Err(changed) => drop(changed.await),
        }
    }
}

impl Tab {
    /// The token, or what to wait for.
    fn look(&mut self) -> Result<Result<Bound, oneshot::Receiver<()>>, Error> {
        let now = clock::now();
        let session = match &self.state.phase {
            Phase::SignedOut(Some(ended)) => return Err(Error::SessionEnded(ended.clone())),
            Phase::SignedOut(None) => return Err(Error::TokenMissing),
            Phase::Unknown => None,
            Phase::SignedIn { session } => Some(*session),
        };
        let usable = self.state.usable_token(now).zip(self.token.clone()).zip(session);
        // A refresh that is merely early does not hold up a request.
        let is_early = !self.state.is_asking() || !self.state.wants_refresh(now);
        match (usable, self.state.refresh) {
            (Some(((times, token), session)), _) if is_early => Ok(Ok(Bound { token, session, serial: times.serial })),
            (_, Refresh::Asking { .. }) => Ok(Err(self.wait())),
            _ if self.state.waits_for_password(now) => Ok(Err(self.wait())),
            _ => Err(self.state.trouble.clone().unwrap_or(Error::Offline)),
        }
    }

    /// Lets the machine decide about one event.
    pub fn step(&mut self, event: Event, now: Millis) -> Vec<Effect> {
        // They come by the hundred, and hardly ever matter.
        let is_frequent = matches!(event, Event::Input | Event::Tick | Event::Answered | Event::StreamSaid { .. });
        let line = if is_frequent { String::new() } else { format!("{now} ms: {event:?}") };
        let (state, effects) = step(std::mem::take(&mut self.state), event, now);
        self.state = state;
        if is_frequent {
            return effects;
        }
        if self.trace.len() == TRACE {
            self.trace.pop_front();
        }
        self.trace.push_back(format!("{line} → {:?}, {effects:?}", self.state.phase));
        effects
    }

    /// Holds what was offered. A reply that brings no refresh token rotated none.
    pub fn keep(&mut self) {
        let Some(grant) = self.offered.take() else { return };
        self.told_time = (grant.server_time, clock::now());
        self.token = Some(grant.access_token);
        self.refresh_token = grant.refresh_token.or(self.refresh_token.take());
        self.identity = Some(Identity { user: grant.user, session: grant.session });
    }

    fn wait(&mut self) -> oneshot::Receiver<()> {
        let (changed, wait) = oneshot::channel();
        self.waiting.push(changed);
        wait
    }
}
