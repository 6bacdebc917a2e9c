//! What a tab knows. Runs in: the browser, and in the model.

use uuid::Uuid;

use super::{By, Effect, Idle, Millis, Peer, Stream, Tries};
use crate::{Ended, Error, Profile};

/// Tokens that live longer are renewed by a request when less than this is left.
const MARGIN: Millis = 10_000;
/// Without input for so long, a call is the page's own doing.
const BACKGROUND: Millis = 60_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The page has begun: what happens before is nothing to it.
    pub is_begun: bool,
    /// Which rules hold.
    pub profile: Profile,
    /// Unix seconds, by the server's clock, at which the monotonic clock stood at 0.
    pub began_at: i64,
    pub phase: Phase,
    /// The live token's times; the token itself is held by the shell.
    pub token: Option<Token>,
    /// How many tokens came to this page; never goes back.
    pub tokens: u64,
    pub refresh: Refresh,
    pub tries: Tries,
    /// Why the last refresh brought nothing, while that is so.
    pub trouble: Option<Error>,
    /// The token says what is true no longer.
    pub is_stale: bool,
    /// The session is to move on once more after the call that is under way.
    pub rotates_again: bool,
    /// The session that this page was signed out of.
    pub left: Option<Uuid>,
    /// The browser keeps no cookie of this site: the next page will know nobody.
    pub forgets: bool,
    /// Another tab has signed in while this one was signed out.
    pub invited: bool,
    /// The highest generation that any tab of this browser told of.
    pub newest: u32,
    /// When the session ends if nobody uses it, where that is known.
    pub idle: Option<Idle>,
    /// When a person last touched, pressed or typed anything here.
    pub input_at: Option<Millis>,
    pub stream: Stream,
    /// What is private on the page is out of sight until somebody knows.
    pub covered: bool,
    /// When the device slept, or its clock jumped, which looks the same: since then only the server knows.
    pub doubted_at: Option<Millis>,
    pub visible: bool,
    pub online: bool,
    /// The session that the person signed out of, while the server has not heard of it.
    pub sign_out_pending: Option<Uuid>,
    /// How often it was told in vain, and when it is told again.
    pub farewells: Tries,
    pub tell_again_at: Option<Millis>,
    /// What the timer is set to.
    pub timer: Option<Millis>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Before the first answer.
    #[default]
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
    /// When a page that is looked at renews it.
    pub renew_at: Millis,
    /// It ends with the session: renewing it early would bring an ever shorter one.
    pub last: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Refresh {
    #[default]
    Idle,
    /// A call is under way; it was made when the page belonged to this session, and the jar held this generation (0 where
    /// that is not known).
    Asking { page: Option<Uuid>, presented: u32, by: By },
    /// The next try, after one that brought nothing. The flag says that the server named the time.
    Waiting { until: Millis, told: bool },
}

impl State {
    /// A page that has not begun.
    pub fn new() -> Self {
        Self::default()
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

    /// Whether a call made now is the page's own doing: nobody has touched it for a minute.
    pub fn is_background(&self, now: Millis) -> bool {
        self.input_at.is_none_or(|at| now.saturating_sub(at) > BACKGROUND)
    }

    /// Lets the other tabs know, where they share the session.
    pub(super) fn tell(&self, peer: Peer, effects: &mut Vec<Effect>) {
        if self.profile.keeps_cookies() {
            effects.push(Effect::Tell(peer));
        }
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
