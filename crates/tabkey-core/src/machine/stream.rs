//! What a tab knows of event streams, its own and those of other tabs. Runs in: the browser, and in the model.
//!
//! A browser opens six connections to a host that speaks HTTP/1.1, and a stream takes one for good: so their number must not
//! grow with the tabs. Only a tab that is looked at holds one. Where all tabs share a session one of them does, and tells the
//! others; where each is a session of its own, three do, and the rest ask now and then.

use uuid::Uuid;

use super::{Millis, State};

/// Streams at once in a browser whose tabs are sessions of their own: it keeps three connections for calls.
pub(super) const AT_ONCE: usize = 3;
/// A hidden tab keeps its stream for so long: people look away and back.
const LOOKED_AWAY: Millis = 10_000;
/// An opening that takes longer is none.
pub(super) const OPENING: Millis = 8_000;
/// A stream that says nothing for so long is dead: the server speaks every 15 s.
pub(super) const SILENCE: Millis = 40_000;
/// A tab that lets nothing be heard of its stream for so long has none, or is frozen.
pub(super) const DEAF: Millis = 25_000;

/// What a tab knows of its stream, and of those of other tabs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stream {
    pub state: StreamState,
    /// Counts the openings: what is heard of an earlier one is nothing. Never goes back.
    pub opened: u64,
    /// When the last one was opened.
    pub opened_at: Option<Millis>,
    /// Whose it is.
    pub session: Option<Uuid>,
    /// Openings in a row that brought nothing.
    pub failures: usize,
    /// Something may have happened that nobody told.
    pub has_gap: bool,
    /// Other tabs that told of their streams of late.
    pub others: Vec<Other>,
    /// When the page was hidden.
    pub hidden_at: Option<Millis>,
    /// This tab's number; the lower one has precedence.
    pub number: u32,
    /// Whether the application has a stream.
    pub exists: bool,
    /// Whether other tabs can be heard.
    pub hears_others: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StreamState {
    #[default]
    Off,
    /// To be opened then; where that is firm, not before: the server named the time, or other tabs are asked.
    Waiting {
        until: Millis,
        is_firm: bool,
    },
    /// A call is under way.
    Opening {
        since: Millis,
    },
    Open {
        heard_at: Millis,
    },
}

/// Another tab that holds a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Other {
    pub tab: u32,
    pub session: Uuid,
    pub heard_at: Millis,
}

impl Stream {
    pub(super) fn is_held(&self) -> bool {
        matches!(self.state, StreamState::Opening { .. } | StreamState::Open { .. })
    }

    /// The others that have precedence: where this tab holds a stream too, those of lower numbers.
    fn ahead(&self) -> impl Iterator<Item = &Other> {
        self.others.iter().filter(|other| !self.is_held() || other.tab < self.number)
    }
}

impl State {
    /// When the stream next needs something to be done.
    pub(super) fn stream_at(&self, now: Millis) -> Option<Millis> {
        let next = match self.stream.state {
            StreamState::Off => None,
            // A stream that is due waits for a token, and that one has a next step of its own.
            StreamState::Waiting { until, .. } => Some(until).filter(|until| *until > now),
            StreamState::Opening { since } => Some(since + OPENING),
            StreamState::Open { heard_at } => Some(heard_at + SILENCE),
        };
        let hidden = self.stream.hidden_at.filter(|_| self.stream.is_held()).map(|at| at + LOOKED_AWAY);
        [next, hidden].into_iter().flatten().min()
    }

    /// Whether something may have happened that nobody told: not all of it was made up for, or nobody hears for this tab.
    pub(super) fn is_deaf(&self, now: Millis) -> bool {
        self.stream.has_gap || (!self.stream.is_held() && self.carried_until().is_none_or(|until| now >= until))
    }

    pub(super) fn wants_stream(&self, now: Millis) -> bool {
        let was_just_seen = self.stream.hidden_at.is_some_and(|at| now < at + LOOKED_AWAY);
        let is_looked_at = self.visible || (was_just_seen && self.stream.is_held());
        self.stream.exists && self.session().is_some() && is_looked_at && !self.waits_for_password(now)
    }

    /// When the last other tab goes deaf that hears for this one too.
    pub(super) fn carried_until(&self) -> Option<Millis> {
        let session = self.session().filter(|_| self.profile.keeps_cookies())?;
        self.stream.ahead().filter(|other| other.session == session).map(|other| other.heard_at + DEAF).max()
    }

    /// Whether there is no stream left for this tab.
    pub(super) fn is_crowded(&self) -> bool {
        !self.stream.hears_others || self.stream.ahead().count() >= AT_ONCE
    }
}
