//! One browser, its sessions, a network, and perhaps a thief: what is, and what happens when something moves.

use std::collections::BTreeSet;

use tabkey::{
    browser::machine::{Effect, Event, Phase, Refresh, Refused, State, step},
    server::auth::rotate::Decision,
    shared::{EndReason, Ended, Error, Profile},
};

use super::{
    browser::{Browser, LEFT, LIFE, NOW, Tab, id, index},
    scope::{Rule, Scope},
    server::{Answer, Cookie, Server},
    thief::Thief,
};

/// On its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Message {
    Refresh { from: Party, presented: Cookie },
    Answered { to: Party, answer: Answer },
    SignOut { from: Party, only: Option<usize>, presented: Option<Cookie> },
    SignedOut { to: Party, only: Option<usize>, clears: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    Tab(usize),
    /// A page that is gone, or a request that came twice: what a refresh brings reaches nobody, and no jar.
    Nobody,
    Thief,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub server: Server,
    pub browser: Browser,
    pub net: BTreeSet<Message>,
    pub thief: Option<Thief>,
    /// A page was drawn for nobody, though the session lives.
    pub drawn_signed_out: bool,
}

impl World {
    /// Just signed in: generation 1 in the jar, one tab that holds its token, the others closed.
    pub fn first(scope: &Scope) -> Self {
        let mut world = Self {
            server: Server { sessions: Vec::new(), notes: BTreeSet::new() },
            browser: Browser::new(scope.tabs),
            net: BTreeSet::new(),
            thief: None,
            drawn_signed_out: false,
        };
        world.browser.tabs[0] = Tab::opened();
        world.sign_in(0, scope);
        world
    }

    /// Signing in ends the session whose cookie came with it.
    pub fn sign_in(&mut self, tab: usize, scope: &Scope) {
        let cookie = self.begin(scope);
        self.browser.tabs[tab].token = Some(cookie);
        let session = id(cookie.session);
        self.tell(tab, Event::SignedIn { session, life: LIFE, left: LEFT, idle_left: LEFT, jitter: 0 }, scope);
    }

    /// The same without the script: the answer leads to a new page.
    pub fn sign_in_by_form(&mut self, tab: usize, scope: &Scope) {
        self.abandon(tab);
        self.begin(scope);
        self.open(tab, scope);
    }

    fn begin(&mut self, scope: &Scope) -> Cookie {
        if let Some(before) = self.browser.jar.filter(|cookie| self.server.is_live(cookie.session)) {
            self.server.end_on_purpose(before.session, EndReason::SignedOut, scope);
        }
        let cookie = self.server.begin();
        self.browser.keep(cookie);
        cookie
    }

    /// A new page: the server draws it for whom the cookie names, without rotating.
    pub fn open(&mut self, tab: usize, scope: &Scope) {
        self.browser.tabs[tab] = Tab::opened();
        let decision = self.browser.jar.map(|presented| (presented.session, self.server.decide(presented, scope)));
        let (drawn_for, ended) = match decision {
            Some((session, Decision::Advance { .. } | Decision::Repeat | Decision::Retell | Decision::Heal { .. })) => {
                (Some(id(session)), None)
            }
            Some((_, Decision::Ended(reason) | Decision::Over(reason))) => (None, Some(over(reason))),
            Some((_, Decision::Reuse)) | None => (None, None),
        };
        self.drawn_signed_out |= drawn_for.is_none();
        let (hint, sign_out_pending) = (self.browser.hint.map(id), self.browser.pending.map(id));
        let (profile, at) = (Profile::Standard, 0);
        self.tell(tab, Event::Boot { profile, at, drawn_for, hint, ended, sign_out_pending, idle_limit: LEFT }, scope);
    }

    /// Delivered at once, or kept while the tab is frozen.
    pub fn happen(&mut self, tab: usize, event: Event, scope: &Scope) {
        match &mut self.browser.tabs[tab] {
            frozen if frozen.is_frozen => frozen.inbox.push(event),
            _ => self.tell(tab, event, scope),
        }
    }

    /// Lets the tab's machine decide, and carries it out, as the shell does.
    pub fn tell(&mut self, tab: usize, event: Event, scope: &Scope) {
        let event = self.before(tab, event, scope);
        let (machine, effects) = step(std::mem::take(&mut self.browser.tabs[tab].machine), event, NOW);
        self.browser.tabs[tab].machine = machine;
        if !scope.keeps(Rule::SignOutIsKept) {
            self.browser.tabs[tab].machine.sign_out_pending = None;
        }
        if !scope.keeps(Rule::Budget) {
            self.browser.tabs[tab].machine.failures.clear();
        }
        for effect in effects {
            self.carry_out(tab, effect, scope);
        }
    }

    /// What the shell does with the token before the machine decides; and what a broken rule makes of the event.
    fn before(&mut self, tab: usize, event: Event, scope: &Scope) -> Event {
        let tab = &mut self.browser.tabs[tab];
        if let Refresh::Asking { page, .. } = tab.machine.refresh
            && !scope.keeps(Rule::OvertakenIsAbandoned)
        {
            tab.machine.refresh = Refresh::Asking { page, presented: u32::MAX };
        }
        let Event::Refreshed { session, generation, life, left, idle_left, jitter } = event else { return event };
        let cookie = Cookie { session: index(session), generation };
        if let Phase::SignedOut(_) = tab.machine.phase
            && !scope.keeps(Rule::SignOutWins)
        {
            tab.machine.phase = Phase::SignedIn { session };
        }
        let session = match tab.machine.session() {
            Some(page) if !scope.keeps(Rule::IdentityEpoch) => page,
            _ => session,
        };
        if tab.machine.phase == Phase::Unknown || tab.machine.session() == Some(session) {
            tab.token = Some(cookie);
            tab.calls = 0;
        }
        let generation = if scope.keeps(Rule::LateRepliesAreMended) { generation } else { u32::MAX };
        Event::Refreshed { session, generation, life, left, idle_left, jitter }
    }

    fn carry_out(&mut self, tab: usize, effect: Effect, scope: &Scope) {
        match effect {
            Effect::AskRefresh => self.ask(tab),
            Effect::AbandonRefresh => self.abandon_refresh(tab),
            Effect::DropToken => self.browser.tabs[tab].token = None,
            Effect::Tell(peer) => {
                for other in (0..self.browser.tabs.len()).filter(|other| *other != tab) {
                    if self.browser.tabs[other].is_open && !scope.mute {
                        self.happen(other, Event::Peer(peer.clone()), scope);
                    }
                }
            }
            Effect::Reload => {
                self.abandon(tab);
                self.open(tab, scope);
            }
            Effect::SendSignOut(session) => {
                let only = session.map(index).filter(|_| scope.keeps(Rule::SignOutIsNamed));
                let presented = self.browser.jar;
                self.net.insert(Message::SignOut { from: Party::Tab(tab), only, presented });
            }
            Effect::ForgetHint(session) if self.browser.hint == Some(index(session)) => self.browser.hint = None,
            Effect::KeepPendingSignOut(session) if scope.keeps(Rule::SignOutIsKept) => {
                self.browser.pending = Some(index(session));
            }
            Effect::ForgetPendingSignOut(session) if self.browser.pending == Some(index(session)) => {
                self.browser.pending = None;
            }
            Effect::SetTimer(_)
            | Effect::ClearTimer
            | Effect::ForgetHint(_)
            | Effect::KeepPendingSignOut(_)
            | Effect::ForgetPendingSignOut(_)
            | Effect::KeepReason(_)
            | Effect::ReportUse
            | Effect::Listen
            | Effect::StopListening
            | Effect::DevicesChanged => {}
        }
    }

    fn ask(&mut self, tab: usize) {
        self.browser.tabs[tab].calls += 1;
        self.net.insert(match self.browser.jar {
            Some(presented) => Message::Refresh { from: Party::Tab(tab), presented },
            None => Message::Answered { to: Party::Tab(tab), answer: Answer::Nothing },
        });
    }

    /// A page goes: its refresh may reach the server all the same, and its sign-out, with `keepalive`, the jar too.
    pub fn abandon(&mut self, tab: usize) {
        let under_way: Vec<Message> = self.net.iter().filter(|message| message.tab() == Some(tab)).cloned().collect();
        for message in under_way {
            self.net.remove(&message);
            match message {
                Message::Refresh { presented, .. } => {
                    self.net.insert(Message::Refresh { from: Party::Nobody, presented });
                }
                Message::SignOut { only, presented, .. } => {
                    self.net.insert(Message::SignOut { from: Party::Nobody, only, presented });
                }
                Message::SignedOut { only, clears, .. } => {
                    self.net.insert(Message::SignedOut { to: Party::Nobody, only, clears });
                }
                Message::Answered { .. } => {}
            }
        }
    }

    /// It may reach the server all the same, but brings nothing, and counts for nothing.
    fn abandon_refresh(&mut self, tab: usize) {
        self.browser.tabs[tab].calls -= 1;
        // It may have been answered while the tab was frozen, and the jar taken the cookie: the answer itself is heard no more.
        let is_answer = |event: &Event| matches!(event, Event::Refreshed { .. } | Event::RefreshFailed { .. });
        self.browser.tabs[tab].inbox.retain(|event| !is_answer(event));
        let is_it = |message: &&Message| message.tab() == Some(tab) && message.is_refresh();
        for message in self.net.iter().filter(is_it).cloned().collect::<Vec<_>>() {
            self.net.remove(&message);
            if let Message::Refresh { presented, .. } = message {
                self.net.insert(Message::Refresh { from: Party::Nobody, presented });
            }
        }
    }

    pub fn close(&mut self, tab: usize) {
        self.abandon(tab);
        self.browser.tabs[tab] = Tab::closed();
    }

    /// The tab runs again, and hears what it missed.
    pub fn thaw(&mut self, tab: usize, scope: &Scope) {
        self.browser.tabs[tab].is_frozen = false;
        while !self.browser.tabs[tab].inbox.is_empty() {
            let event = self.browser.tabs[tab].inbox.remove(0);
            self.tell(tab, event, scope);
        }
        self.tell(tab, Event::Visible, scope);
    }

    /// The page comes back from the back/forward cache: what was said meanwhile is lost, and its calls are dead.
    pub fn restore(&mut self, tab: usize, scope: &Scope) {
        self.abandon(tab);
        self.browser.tabs[tab].is_frozen = false;
        self.browser.tabs[tab].inbox.clear();
        if self.browser.tabs[tab].machine.is_asking() {
            self.tell(tab, Event::RefreshFailed { error: Error::Offline, jitter: 0 }, scope);
        }
        let hint = self.browser.hint.map(id);
        self.tell(tab, Event::Restored { hint }, scope);
    }

    pub fn arrive(&mut self, message: Message, scope: &Scope) {
        self.net.remove(&message);
        match message {
            Message::Refresh { from, presented } => self.serve(from, presented, scope),
            Message::Answered { to: Party::Thief, answer } => {
                if let (Some(thief), Answer::Granted(cookie)) = (&mut self.thief, answer) {
                    thief.cookie = cookie;
                    thief.token = Some(cookie);
                }
            }
            Message::Answered { to, answer } => self.answered(to, answer, scope),
            Message::SignOut { from, only, presented } => {
                let named = presented.map(|cookie| cookie.session);
                if let Some(session) = named.filter(|named| only.is_none_or(|only| only == *named)) {
                    self.server.end(session, EndReason::SignedOut, scope);
                }
                let clears = only.is_none() || only == named;
                self.net.insert(Message::SignedOut { to: from, only, clears });
            }
            Message::SignedOut { to, only, clears } => {
                if clears {
                    self.browser.clear();
                }
                if let Party::Tab(tab) = to {
                    self.happen(tab, Event::SignOutAnswered { session: only.map(id), heard: true, jitter: 0 }, scope);
                }
            }
        }
    }

    /// A refresh reaches the server.
    pub fn serve(&mut self, from: Party, presented: Cookie, scope: &Scope) {
        let (answer, moved) = self.server.refresh(presented, scope);
        if moved {
            let generation = self.server.row(presented.session).generation;
            if let Some(thief) = &mut self.thief {
                let rounds = if from == Party::Thief { &mut thief.rounds } else { &mut thief.person_rounds };
                rounds.moved = generation;
            }
            if !scope.stragglers {
                self.forget_stragglers(presented.session, generation, scope);
            }
        }
        if from != Party::Nobody {
            self.net.insert(Message::Answered { to: from, answer });
        }
    }

    /// The person's calls that two rotations have overtaken do not arrive.
    fn forget_stragglers(&mut self, session: usize, generation: u32, scope: &Scope) {
        for message in self.net.clone() {
            if let Message::Refresh { from, presented } = message
                && from != Party::Thief
                && presented.session == session
                && presented.generation + 1 < generation
            {
                self.lose(&message, scope);
            }
        }
    }

    fn answered(&mut self, to: Party, answer: Answer, scope: &Scope) {
        let event = match answer {
            Answer::Granted(cookie) => {
                self.browser.keep(cookie);
                Event::Refreshed {
                    session: id(cookie.session),
                    generation: cookie.generation,
                    life: LIFE,
                    left: LEFT,
                    idle_left: LEFT,
                    jitter: 0,
                }
            }
            Answer::Over { reuse } => {
                let reason = if reuse { EndReason::Reuse } else { EndReason::Revoked };
                Event::RefreshFailed { error: Error::SessionEnded(over(reason)), jitter: 0 }
            }
            Answer::Nothing => Event::RefreshFailed { error: Error::TokenMissing, jitter: 0 },
        };
        if matches!(event, Event::RefreshFailed { .. }) && !scope.keeps(Rule::FailuresKeepTheCookie) {
            self.browser.clear();
        }
        if let Party::Tab(tab) = to {
            self.happen(tab, event, scope);
        }
    }

    pub fn lose(&mut self, message: &Message, scope: &Scope) {
        self.fail(message, Error::Offline, scope);
    }

    /// The call brings no answer, or that of a server that cannot help.
    pub fn fail(&mut self, message: &Message, error: Error, scope: &Scope) {
        self.net.remove(message);
        let Some(tab) = message.tab() else { return };
        match message {
            Message::Refresh { .. } | Message::Answered { .. } => {
                if !scope.keeps(Rule::FailuresKeepTheCookie) {
                    self.browser.clear();
                }
                let definite = !scope.keeps(Rule::OnlyDefiniteAnswersSignOut);
                let error = if definite { Error::TokenInvalid } else { error };
                self.happen(tab, Event::RefreshFailed { error, jitter: 0 }, scope);
            }
            Message::SignOut { only, .. } | Message::SignedOut { only, .. } => {
                let session = only.map(id);
                self.happen(tab, Event::SignOutAnswered { session, heard: false, jitter: 0 }, scope);
            }
        }
    }

    /// The person does something that needs a token, and it reaches this node.
    pub fn act(&mut self, tab: usize, node: usize, scope: &Scope) {
        self.tell(tab, Event::Wanted, scope);
        let machine: &State = &self.browser.tabs[tab].machine;
        let Some(token) = self.browser.tabs[tab].token.filter(|_| machine.usable_token(NOW).is_some()) else { return };
        let serial = machine.token.map_or(0, |token| token.serial);
        if self.server.used(token, node, scope) {
            if let Some(thief) = &mut self.thief {
                thief.person_rounds.note(token);
            }
        } else {
            let why = Refused::Ended(over(self.server.row(token.session).ended.unwrap_or(EndReason::Revoked)));
            self.tell(tab, Event::Refused { serial, why }, scope);
        }
    }

    /// Its time has come: the clock that stands still is not asked.
    pub fn retry(&mut self, tab: usize, scope: &Scope) {
        self.browser.tabs[tab].machine.refresh = Refresh::Idle;
        self.tell(tab, Event::Wanted, scope);
    }

    /// Longer than the leeway: whatever is under way is dead, and so are the tokens, so that each round of a thief and a
    /// person begins with a refresh.
    pub fn time_passes(&mut self, scope: &Scope) {
        for message in self.net.clone() {
            self.lose(&message, scope);
        }
        self.net.clear();
        self.server.time_passes(scope);
        if let Some(thief) = &mut self.thief {
            thief.time_passes(self.browser.jar, scope);
        }
        self.browser.tabs.iter_mut().for_each(Tab::expire);
    }
}

impl Message {
    pub fn tab(&self) -> Option<usize> {
        match self {
            Self::Refresh { from: party, .. }
            | Self::SignOut { from: party, .. }
            | Self::Answered { to: party, .. }
            | Self::SignedOut { to: party, .. } => match party {
                Party::Tab(tab) => Some(*tab),
                Party::Nobody | Party::Thief => None,
            },
        }
    }

    /// A refresh, or its answer.
    pub fn is_refresh(&self) -> bool {
        matches!(self, Self::Refresh { .. } | Self::Answered { .. })
    }
}

fn over(reason: EndReason) -> Ended {
    Ended { reason, at: 0, by: None }
}
