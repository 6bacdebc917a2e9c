//! One browser, its sessions, a network, and perhaps a thief: what is, and what happens when something moves.

use std::collections::BTreeSet;

use tabkey_core::{
    EndReason, Ended, Error,
    machine::{Boot, By, Effect, Event, Peer, Phase, Refresh, Refused, State, StreamState, step},
    rotate::Decision,
};

use uuid::Uuid;

use super::{
    browser::{Browser, LEFT, LIFE, NOW, Tab, id, index},
    scope::{Rule, Scope},
    server::{Answer, Cookie, Server},
    thief::Thief,
};

/// On its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Message {
    Refresh {
        from: Party,
        presented: Cookie,
    },
    Answered {
        to: Party,
        answer: Answer,
    },
    SignOut {
        from: Party,
        only: Option<usize>,
        presented: Option<Cookie>,
    },
    SignedOut {
        to: Party,
        only: Option<usize>,
        clears: bool,
    },
    /// A call that was sent with this token was refused, for its session is over.
    Refused {
        to: Party,
        token: Cookie,
        serial: u64,
    },
    /// The password is another one; the cookie comes only where a rule is broken.
    Changed {
        to: Party,
        cookie: Cookie,
    },
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
    /// A page showed a session that had ended, when somebody looked at it again.
    pub showed_the_past: bool,
    /// The tabs' clock, in milliseconds. It stands still while everything happens in every order, and runs in the calm after it.
    pub now: u64,
}

impl World {
    /// Just signed in: generation 1 in the jar, one tab that holds its token, the others closed.
    pub fn first(scope: &Scope) -> Self {
        let mut world = Self {
            server: Server { sessions: Vec::new(), notes: BTreeSet::new(), devices: 0 },
            browser: Browser::new(scope.tabs),
            net: BTreeSet::new(),
            thief: None,
            drawn_signed_out: false,
            showed_the_past: false,
            now: NOW,
        };
        world.browser.tabs[0] = Tab::opened();
        world.tell(0, world.begins(0, None, None), scope);
        world.sign_in(0, scope);
        world
    }

    /// Signing in ends the session whose cookie came with it.
    pub fn sign_in(&mut self, tab: usize, scope: &Scope) {
        let cookie = self.begin(scope);
        self.browser.tabs[tab].offered = Some(cookie);
        let session = id(cookie.session);
        self.tell(
            tab,
            Event::SignedIn { session, life: LIFE, left: LEFT, idle_left: LEFT, kept: true, jitter: 0 },
            scope,
        );
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
        let (drawn_for, ended) = self.draw(tab, scope);
        self.tell(tab, self.begins(tab, drawn_for, ended), scope);
    }

    /// The same, in a tab that nobody looks at.
    pub fn open_hidden(&mut self, tab: usize, scope: &Scope) {
        let (drawn_for, ended) = self.draw(tab, scope);
        let Event::Boot(page) = self.begins(tab, drawn_for, ended) else { return };
        self.tell(tab, Event::Boot(Boot { visible: false, ..page }), scope);
    }

    /// The page is made, and begins when somebody wants to see it.
    pub fn prerender(&mut self, tab: usize, scope: &Scope) {
        let (drawn_for, _) = self.draw(tab, scope);
        self.browser.tabs[tab].prerendered = Some(drawn_for);
    }

    pub fn activate(&mut self, tab: usize, scope: &Scope) {
        let drawn_for = self.browser.tabs[tab].prerendered.take().flatten();
        let Event::Boot(page) = self.begins(tab, drawn_for, None) else { return };
        self.tell(tab, Event::Boot(Boot { was_prerendered: true, ..page }), scope);
        self.look(tab);
    }

    /// Whom the server draws a page for: whoever the cookie names.
    fn draw(&mut self, tab: usize, scope: &Scope) -> (Option<Uuid>, Option<Ended>) {
        self.browser.tabs[tab] = Tab::opened();
        self.browser.tabs[tab].devices = self.server.devices;
        // What the browser has signed out of, and the server has not heard of, is not drawn.
        let presented = self.browser.jar.filter(|_| self.browser.hint.is_some());
        let decision = presented.map(|presented| (presented.session, self.server.decide(presented, scope)));
        let (drawn_for, ended) = match decision {
            Some((session, Decision::Advance { .. } | Decision::Repeat | Decision::Retell | Decision::Heal { .. })) => {
                (Some(id(session)), None)
            }
            Some((_, Decision::Ended(reason) | Decision::Over(reason))) => (None, Some(over(reason))),
            Some((_, Decision::Reuse)) | None => (None, None),
        };
        self.drawn_signed_out |= drawn_for.is_none();
        (drawn_for, ended)
    }

    fn begins(&self, tab: usize, drawn_for: Option<Uuid>, ended: Option<Ended>) -> Event {
        Event::Boot(Boot {
            drawn_for,
            hint: self.browser.read_hint(),
            ended,
            sign_out_pending: self.browser.pending.map(id),
            idle_limit: LEFT,
            visible: true,
            online: true,
            number: u32::try_from(tab).expect("a few tabs"),
            listens: true,
            hears_others: true,
            ..Boot::default()
        })
    }

    /// Nobody looks at it any more, and longer than people look away.
    pub fn hide(&mut self, tab: usize, scope: &Scope) {
        self.tell(tab, Event::Hidden, scope);
        self.browser.tabs[tab].machine.stream.hidden_at = Some(0);
        self.tell(tab, Event::Timer, scope);
    }

    pub fn show(&mut self, tab: usize, scope: &Scope) {
        self.tell(tab, Event::Visible, scope);
        self.look(tab);
    }

    /// Somebody looks: what has ended, and will not be heard of in a moment, is not to be seen.
    fn look(&mut self, tab: usize) {
        let machine = &self.browser.tabs[tab].machine;
        let Some(session) = self.browser.tabs[tab].shows() else { return };
        let is_heard_of = self.browser.tabs.iter().any(|tab| tab.is_awake() && tab.stream == Some(session));
        let is_past = self.server.row(session).ended.is_some() && self.server.sessions[session].heard[0];
        self.showed_the_past |= is_past && !is_heard_of && !machine.is_covered(self.now);
    }

    /// A stream that waits is opened now, as if its time had come.
    pub fn run_stream(&mut self, tab: usize, scope: &Scope) {
        if let StreamState::Waiting { until, .. } = &mut self.browser.tabs[tab].machine.stream.state {
            *until = self.now;
        }
        self.tell(tab, Event::Timer, scope);
    }

    /// A call whose answer takes its time.
    pub fn call(&mut self, tab: usize, scope: &Scope) {
        let machine = &self.browser.tabs[tab].machine;
        let serial = machine.token.map_or(0, |token| token.serial);
        let Some(token) = self.browser.tabs[tab].token.filter(|_| machine.usable_token(self.now).is_some()) else {
            return;
        };
        if !self.server.used(token, 0, scope) {
            self.net.insert(Message::Refused { to: Party::Tab(tab), token, serial });
        }
    }

    /// The person changes the password; the answer takes its time.
    pub fn change_password(&mut self, tab: usize, scope: &Scope) {
        let machine = &self.browser.tabs[tab].machine;
        let Some(token) = self.browser.tabs[tab].token.filter(|_| machine.usable_token(self.now).is_some()) else {
            return;
        };
        if !self.server.used(token, 0, scope) || !self.server.is_live(token.session) {
            return;
        }
        let mut cookie = Cookie { session: token.session, generation: self.server.row(token.session).generation };
        if !scope.keeps(Rule::OnlyRefreshesChangeTheJar) {
            let (answer, _) = self.server.refresh(cookie, scope);
            if let Answer::Granted(granted) = answer {
                cookie = granted;
            }
        }
        self.net.insert(Message::Changed { to: Party::Tab(tab), cookie });
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
        let is_online = matches!(event, Event::Online { .. });
        let (machine, effects) = step(std::mem::take(&mut self.browser.tabs[tab].machine), event, self.now);
        self.browser.tabs[tab].machine = machine;
        if !scope.keeps(Rule::SignOutIsKept) {
            self.browser.tabs[tab].machine.sign_out_pending = None;
        }
        let Tab { machine, left, .. } = &mut self.browser.tabs[tab];
        if !scope.keeps(Rule::FarewellsAreShared) && left.is_none() {
            (machine.sign_out_pending, machine.timer) = (None, machine.timer.filter(|_| machine.session().is_some()));
        }
        if !scope.keeps(Rule::Cover) {
            machine.covered = false;
        }
        if !scope.keeps(Rule::GapsAreMadeUp) {
            machine.stream.has_gap = false;
        }
        if !scope.keeps(Rule::NextStep) && is_online && machine.trouble.is_some() {
            (machine.refresh, machine.timer) = (Refresh::Idle, None);
        }
        if !scope.keeps(Rule::Budget) {
            self.browser.tabs[tab].machine.tries.failures.clear();
        }
        for effect in effects {
            self.carry_out(tab, effect, scope);
        }
        self.browser.tabs[tab].offered = None;
    }

    /// What the shell does with the token before the machine decides; and what a broken rule makes of the event.
    fn before(&mut self, tab: usize, event: Event, scope: &Scope) -> Event {
        let tab = &mut self.browser.tabs[tab];
        if let Refresh::Asking { page, by, .. } = tab.machine.refresh
            && !scope.keeps(Rule::OvertakenIsAbandoned)
        {
            tab.machine.refresh = Refresh::Asking { page, presented: u32::MAX, by };
        }
        let event = match event {
            Event::Refused { session, serial, why } if !scope.keeps(Rule::EventsNameTheirSession) => {
                Event::Refused { session: tab.machine.session().unwrap_or(session), serial, why }
            }
            Event::Peer(Peer::Listening { .. }) if !scope.keeps(Rule::OneStream) => Event::Answered,
            event => event,
        };
        let Event::Refreshed { session, generation, life, left, idle_left, kept, jitter } = event else {
            return event;
        };
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
        tab.offered = Some(cookie);
        let generation = if scope.keeps(Rule::LateRepliesAreMended) { generation } else { u32::MAX };
        Event::Refreshed { session, generation, life, left, idle_left, kept, jitter }
    }

    fn carry_out(&mut self, tab: usize, effect: Effect, scope: &Scope) {
        match effect {
            Effect::AskRefresh => self.ask(tab),
            Effect::AbandonRefresh => self.abandon_refresh(tab),
            Effect::KeepToken => {
                let tab = &mut self.browser.tabs[tab];
                tab.token = tab.offered.take();
                tab.calls = 0;
            }
            Effect::DropToken => self.browser.tabs[tab].token = None,
            Effect::OpenStream(stream) => self.open_stream(tab, stream, scope),
            Effect::CloseStream => self.browser.tabs[tab].stream = None,
            Effect::DevicesChanged => self.browser.tabs[tab].devices = self.server.devices,
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
            | Effect::ReportUse => {}
        }
    }

    /// The server lets it in where the token is honoured; a network that brings nothing does not answer until it is calm.
    fn open_stream(&mut self, tab: usize, stream: u64, scope: &Scope) {
        let Some(token) = self.browser.tabs[tab].token.filter(|_| scope.streams || self.is_calm()) else { return };
        if !self.server.used(token, 0, scope) {
            self.refused(tab, token, scope);
            return self.tell(tab, Event::StreamClosed { stream, told: 0, jitter: 0 }, scope);
        }
        self.browser.tabs[tab].stream = Some(token.session);
        self.browser.tabs[tab].told_devices = self.server.devices;
        self.tell(tab, Event::StreamOpened { stream }, scope);
    }

    /// What the server says on the streams that are open.
    pub fn push(&mut self, scope: &Scope) {
        for tab in 0..self.browser.tabs.len() {
            let Some(session) = self.browser.tabs[tab].stream else { continue };
            if self.browser.tabs[tab].told_devices != self.server.devices {
                self.browser.tabs[tab].told_devices = self.server.devices;
                self.happen(tab, Event::DevicesChanged { session: id(session) }, scope);
            }
            if let Some(reason) = self.server.row(session).ended.filter(|_| self.server.sessions[session].heard[0]) {
                self.browser.tabs[tab].stream = None;
                self.happen(tab, Event::SessionEnded { session: id(session), ended: over(reason) }, scope);
            }
        }
    }

    /// The connection breaks.
    pub fn break_stream(&mut self, tab: usize, scope: &Scope) {
        self.browser.tabs[tab].stream = None;
        let stream = self.browser.tabs[tab].machine.stream.opened;
        self.happen(tab, Event::StreamClosed { stream, told: 0, jitter: 0 }, scope);
    }

    pub fn is_calm(&self) -> bool {
        self.now > NOW
    }

    fn ask(&mut self, tab: usize) {
        let by_itself = matches!(self.browser.tabs[tab].machine.refresh, Refresh::Asking { by: By::Tab, .. });
        self.browser.tabs[tab].calls += u8::from(by_itself);
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
                Message::Answered { .. } | Message::Refused { .. } => {}
                // The jar takes what comes after the page too.
                Message::Changed { cookie, .. } => {
                    self.net.insert(Message::Changed { to: Party::Nobody, cookie });
                }
            }
        }
    }

    /// It may reach the server all the same, but brings nothing, and counts for nothing.
    fn abandon_refresh(&mut self, tab: usize) {
        self.browser.tabs[tab].calls = self.browser.tabs[tab].calls.saturating_sub(1);
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

    /// A tab that is killed tells nobody, and is believed to hear for the others for 25 s; one that is closed tells them.
    pub fn close(&mut self, tab: usize, scope: &Scope) {
        if !self.browser.tabs[tab].is_frozen {
            self.tell(tab, Event::Unloaded, scope);
        }
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
        self.tell(tab, Event::Cached, scope);
        if self.browser.tabs[tab].machine.is_asking() {
            self.tell(tab, Event::RefreshFailed { error: Error::Offline, jitter: 0 }, scope);
        }
        let hint = self.browser.read_hint();
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
            Message::Refused { to, token, serial } => {
                let why = Refused::Ended(over(self.server.row(token.session).ended.unwrap_or(EndReason::Revoked)));
                if let Party::Tab(tab) = to {
                    self.happen(tab, Event::Refused { session: id(token.session), serial, why }, scope);
                }
            }
            Message::Changed { to, cookie } => {
                if !scope.keeps(Rule::OnlyRefreshesChangeTheJar) {
                    self.browser.keep(cookie);
                } else if let Party::Tab(tab) = to {
                    self.happen(tab, Event::Rotate { session: id(cookie.session) }, scope);
                }
            }
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
                    kept: true,
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
            Message::Refused { .. } | Message::Changed { .. } => {}
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
        let now = self.now;
        let Some(token) = self.browser.tabs[tab].token.filter(|_| machine.usable_token(now).is_some()) else { return };
        if self.server.used(token, node, scope) {
            if let Some(thief) = &mut self.thief {
                thief.person_rounds.note(token);
            }
        } else {
            self.refused(tab, token, scope);
        }
    }

    /// A call was sent with this token, and its session is over.
    fn refused(&mut self, tab: usize, token: Cookie, scope: &Scope) {
        let serial = self.browser.tabs[tab].machine.token.map_or(0, |token| token.serial);
        let why = Refused::Ended(over(self.server.row(token.session).ended.unwrap_or(EndReason::Revoked)));
        self.tell(tab, Event::Refused { session: id(token.session), serial, why }, scope);
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
            | Self::SignedOut { to: party, .. }
            | Self::Refused { to: party, .. }
            | Self::Changed { to: party, .. } => match party {
                Party::Tab(tab) => Some(*tab),
                Party::Nobody | Party::Thief => None,
            },
        }
    }

    /// A sign-in waits for it.
    pub fn changes_the_jar(&self) -> bool {
        !matches!(self, Self::Refused { .. } | Self::Changed { .. })
    }

    /// A refresh, or its answer.
    pub fn is_refresh(&self) -> bool {
        matches!(self, Self::Refresh { .. } | Self::Answered { .. })
    }
}

fn over(reason: EndReason) -> Ended {
    Ended { reason, at: 0, by: None }
}
