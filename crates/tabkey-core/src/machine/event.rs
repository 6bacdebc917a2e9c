//! What happens to a tab, and what it does about it. Runs in: the browser, and in the model.

use uuid::Uuid;

use super::{Boot, Millis};
use crate::{Ended, Error};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The page began, and is looked at or could be: not while it is prerendered.
    Boot(Boot),
    /// Sign-in or sign-up in this tab succeeded; `kept` says whether the browser kept the cookies.
    SignedIn {
        session: Uuid,
        life: Millis,
        left: Millis,
        idle_left: Millis,
        kept: bool,
        jitter: u16,
    },
    /// The refresh brought a token of this generation that lives `life`; the session has `left`, and without use `idle_left`. `jitter` is 0 to 999.
    Refreshed {
        session: Uuid,
        generation: u32,
        life: Millis,
        left: Millis,
        idle_left: Millis,
        kept: bool,
        jitter: u16,
    },
    /// The person proved their password again: a token of the same session came. `jitter` is 0 to 999.
    SteppedUp {
        session: Uuid,
        life: Millis,
        left: Millis,
        idle_left: Millis,
        jitter: u16,
    },
    /// The refresh brought something else. `jitter` is 0 to 999.
    RefreshFailed {
        error: Error,
        jitter: u16,
    },
    /// A request needs a token.
    Wanted,
    /// A request that was sent in this session, with the token of this serial, was refused.
    Refused {
        session: Uuid,
        serial: u64,
        why: Refused,
    },
    /// A call of the page's was answered, whatever the answer is.
    Answered,
    /// The timer that was set last has run.
    Timer,
    /// A look at the clock, every second.
    Tick,
    /// The device slept, or somebody set its clock forward: the time that went by is in the times from now on.
    Slept,
    /// The person typed, pressed or touched something.
    Input,
    Visible,
    Hidden,
    /// With the session that a tab of this browser signed out of while the server could not be told.
    Online {
        sign_out_pending: Option<Uuid>,
    },
    Offline,
    /// The page goes into the back/forward cache.
    Cached,
    /// The page goes for good: it is closed, left or loaded anew.
    Unloaded,
    /// The page came back from the back/forward cache; the hint cookie names this session now.
    Restored {
        hint: Option<Uuid>,
    },
    Peer(Peer),
    /// The stream of this number is open: the server has let it in.
    StreamOpened {
        stream: u64,
    },
    /// Something came on it, if only a sign of life.
    StreamSaid {
        stream: u64,
    },
    /// It ended, or did not come to be; the server may have said how long to wait, in milliseconds. `jitter` is 0 to 999.
    StreamClosed {
        stream: u64,
        told: Millis,
        jitter: u16,
    },
    /// The server says that this session is over.
    SessionEnded {
        session: Uuid,
        ended: Ended,
    },
    /// The server says that the roles of this session's person are others now.
    RolesChanged {
        session: Uuid,
    },
    /// The server says that the list of devices of this session's person is another one.
    DevicesChanged {
        session: Uuid,
    },
    /// A call in this session says that it is to move on: what was copied of it before is then worth nothing.
    Rotate {
        session: Uuid,
    },
    /// The person signs out here.
    SignOut,
    /// The server has heard of the sign-out of this session, or could not be reached. `jitter` is 0 to 999.
    SignOutAnswered {
        session: Option<Uuid>,
        heard: bool,
        jitter: u16,
    },
}

/// Why a request with a token was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// `token_expired`, `token_stale` or `token_invalid`: a new one may do.
    NeedsNewToken,
    /// `session_ended`.
    Ended(Ended),
}

/// What tabs of one browser tell each other; never a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Peer {
    SignedIn {
        session: Uuid,
    },
    /// Another tab's refresh brought this generation.
    Refreshed {
        session: Uuid,
        generation: u32,
    },
    /// Another tab wants to know who has an event stream.
    Asking,
    /// Another tab, of this number, has an event stream, and it lives.
    Listening {
        session: Uuid,
        #[serde(default)]
        tab: u32,
    },
    /// It has it no longer.
    Silent {
        tab: u32,
    },
    /// The server said so to the tab that has the stream.
    RolesChanged {
        session: Uuid,
    },
    DevicesChanged {
        session: Uuid,
    },
    /// A person uses this session in another tab.
    Used {
        session: Uuid,
    },
    /// With the reason where the person did not ask for it.
    SignedOut {
        session: Uuid,
        ended: Option<Ended>,
    },
    /// The server has heard of it.
    SignOutHeard {
        session: Uuid,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Ask for a token, detached from whoever wanted it.
    AskRefresh,
    /// Give up the call that is under way, so that it brings nothing, not even a cookie.
    AbandonRefresh,
    /// Run [`Event::Timer`] at this time, instead of any earlier wish.
    SetTimer(Millis),
    ClearTimer,
    /// Hold the token that has just come; any other that comes is overwritten.
    KeepToken,
    /// Overwrite the token in memory.
    DropToken,
    Tell(Peer),
    /// Delete the hint cookie if it still names this session.
    ForgetHint(Uuid),
    /// Keep the reason for later pages of this tab, or forget it.
    KeepReason(Option<Ended>),
    /// Tell the server, with `keepalive`, that the person signed out: of this session and no other, or of whichever the jar
    /// names where the page knows none.
    SendSignOut(Option<Uuid>),
    /// Remember across pages that the sign-out of this session is still to be told.
    KeepPendingSignOut(Uuid),
    /// Forget it, if it is still this session's.
    ForgetPendingSignOut(Uuid),
    /// Tell the server that a person is using the session: input alone, without a call, is use too.
    ReportUse,
    /// Open the event stream, under this number.
    OpenStream(u64),
    CloseStream,
    /// Let the page ask for the devices again.
    DevicesChanged,
    /// Draw the page anew: it belongs to somebody else now.
    Reload,
}
