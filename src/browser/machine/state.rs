//! What a tab knows. Runs in: the browser, and in the model.

use uuid::Uuid;

use super::{Idle, Millis};
use crate::shared::{Ended, Error, Profile};

/// Tokens that live longer are renewed by a request when less than this is left.
const MARGIN: Millis = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// Which rules hold.
    pub profile: Profile,
    /// Unix seconds, by the server's clock, at which the monotonic clock stood at 0.
    pub began_at: i64,
    pub phase: Phase,
    /// The live token's times; the token itself is held by the shell.
    pub token: Option<Token>,
    pub refresh: Refresh,
    /// The session that this page was signed out of.
    pub left: Option<Uuid>,
    /// The highest generation that any tab of this browser told of.
    pub newest: u32,
    /// When the refreshes of the last ten minutes that brought nothing were sent.
    pub failures: Vec<Millis>,
    /// Why the last refresh brought nothing, while that is so.
    pub trouble: Option<Error>,
    /// When the session ends if nobody uses it, where that is known.
    pub idle: Option<Idle>,
    pub visible: bool,
    pub online: bool,
    /// The session that the person signed out of, while the server has not heard of it.
    pub sign_out_pending: Option<Uuid>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Before the first answer.
    Unknown,
    /// With the reason where the person did not ask for it.
    SignedOut(Option<Ended>),
    /// The page belongs to this session.
    SignedIn { session: Uuid },
}

/// What is known of the access token: when it came, how long it lives, how often one came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// Counts the tokens of this page, so that a late 401 about an old one changes nothing.
    pub serial: u64,
    pub granted_at: Millis,
    pub life: Millis,
    /// What its life was when it came; what was heard since may have shortened it.
    pub granted_for: Millis,
    /// It ends with the session: renewing it early would bring an ever shorter one.
    pub last: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refresh {
    Idle,
    /// A call is under way; it was made when the page belonged to this session, and the jar held this generation (0 where
    /// that is not known).
    Asking {
        page: Option<Uuid>,
        presented: u32,
    },
    /// The next try, after one that brought nothing.
    Waiting {
        until: Millis,
        told: bool,
    },
}

impl State {
    pub fn new() -> Self {
        Self {
            profile: Profile::Standard,
            began_at: 0,
            phase: Phase::Unknown,
            token: None,
            refresh: Refresh::Idle,
            left: None,
            newest: 0,
            failures: Vec::new(),
            trouble: None,
            idle: None,
            visible: true,
            online: true,
            sign_out_pending: None,
        }
    }

    pub fn session(&self) -> Option<Uuid> {
        match self.phase {
            Phase::SignedIn { session } => Some(session),
            _ => None,
        }
    }

    /// Whether a call is under way.
    pub fn is_asking(&self) -> bool {
        matches!(self.refresh, Refresh::Asking { .. })
    }

    /// Milliseconds until nobody's not using it ends the session, where that is near.
    pub fn idle_warning(&self, now: Millis) -> Option<Millis> {
        self.session().and(self.idle).and_then(|idle| idle.warning(now))
    }

    /// The token that may be sent now; never one that is known to be dead.
    pub fn usable_token(&self, now: Millis) -> Option<Token> {
        self.token.filter(|token| now < token.granted_at + token.life)
    }

    /// Whether a request should first ask for a new token.
    pub fn wants_refresh(&self, now: Millis) -> bool {
        match self.usable_token(now) {
            None => true,
            Some(token) => !token.last && token.granted_at + token.life - now < token.margin(),
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl Token {
    /// At 80 % of its life, a little earlier by chance (`jitter` is 0 to 999), so that many tabs do not ask at once; at
    /// the very end of the last one, to hear that the session is over.
    pub fn renewal_at(&self, jitter: u16) -> Millis {
        if self.last {
            return self.granted_at + self.life;
        }
        self.granted_at + self.life * (8_000 - Millis::from(jitter)) / 10_000
    }

    /// Ten seconds, or a fifth of a short life.
    fn margin(&self) -> Millis {
        MARGIN.min(self.life / 5)
    }
}
