//! One browser: its jar, what it stores for all tabs, and the tabs that run `step`, as it is.

use tabkey_core::machine::{Event, State};
use uuid::Uuid;

use super::server::Cookie;

/// Milliseconds by the tabs' clock; it stands still, and tokens are aged by hand instead.
pub const NOW: u64 = 1_000_000;
pub const LIFE: u64 = 300_000;
pub const LEFT: u64 = 30 * 86_400_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Browser {
    /// The refresh cookie.
    pub jar: Option<Cookie>,
    /// The hint cookie, which scripts can read and delete.
    pub hint: Option<usize>,
    /// Another application's cookie of the same name hides it from scripts.
    pub is_hint_hidden: bool,
    /// A sign-out that the server is still to hear of.
    pub pending: Option<usize>,
    pub tabs: Vec<Tab>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tab {
    pub is_open: bool,
    pub is_frozen: bool,
    pub machine: State,
    /// What the access token in its memory names.
    pub token: Option<Cookie>,
    /// What a refresh has just brought, until the machine has decided.
    pub offered: Option<Cookie>,
    /// The session whose stream it holds.
    pub stream: Option<usize>,
    /// The list of devices, by the version, that its stream told of.
    pub told_devices: u8,
    /// The list of devices that its page shows, by the version.
    pub devices: u8,
    /// It was made for this session before anybody wanted to see it, and has not begun.
    pub prerendered: Option<Option<Uuid>>,
    /// What happened while it was frozen.
    pub inbox: Vec<Event>,
    /// Refreshes since the last one that brought something.
    pub calls: u8,
    /// The session that the person signed out of on this page.
    pub left: Option<usize>,
}

impl Browser {
    pub fn new(tabs: usize) -> Self {
        Self { jar: None, hint: None, is_hint_hidden: false, pending: None, tabs: vec![Tab::closed(); tabs] }
    }

    pub fn keep(&mut self, cookie: Cookie) {
        self.jar = Some(cookie);
        self.hint = Some(cookie.session);
    }

    /// The session that a script reads in the hint cookie.
    pub fn read_hint(&self) -> Option<Uuid> {
        self.hint.filter(|_| !self.is_hint_hidden).map(id)
    }

    pub fn clear(&mut self) {
        self.jar = None;
        self.hint = None;
    }
}

impl Tab {
    pub fn closed() -> Self {
        Self {
            is_open: false,
            is_frozen: false,
            machine: State::new(),
            token: None,
            offered: None,
            stream: None,
            told_devices: 0,
            devices: 0,
            prerendered: None,
            inbox: Vec::new(),
            calls: 0,
            left: None,
        }
    }

    pub fn opened() -> Self {
        Self { is_open: true, ..Self::closed() }
    }

    pub fn is_awake(&self) -> bool {
        self.is_open && !self.is_frozen
    }

    /// Somebody looks at it.
    pub fn is_seen(&self) -> bool {
        self.is_awake() && self.machine.is_begun && self.machine.visible
    }

    pub fn expire(&mut self) {
        if let Some(token) = &mut self.machine.token {
            (token.life, token.renew_at) = (0, NOW);
        }
    }

    /// The session that the page shows.
    pub fn shows(&self) -> Option<usize> {
        self.machine.session().map(index)
    }
}

pub fn id(session: usize) -> Uuid {
    Uuid::from_u128(session as u128 + 1)
}

pub fn index(id: Uuid) -> usize {
    usize::try_from(id.as_u128() - 1).expect("one of ours")
}
