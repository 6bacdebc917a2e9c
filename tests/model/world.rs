//! One browser, one session, a network, and perhaps a thief.

use std::collections::BTreeSet;

use stateright::{Model, Property};
use tabkey::{
    browser::machine::{Effect, Event, Phase, Refresh, State, step},
    server::auth::rotate::{Decision, Rotatable, rotate},
    shared::{EndReason, Ended, Error},
};
use uuid::Uuid;

use super::properties;

const SESSION: Uuid = Uuid::from_u128(1);
const LEEWAY: i64 = 10_000;
/// Milliseconds by the tab's clock; it stands still, and tokens are aged by hand instead.
const NOW: u64 = 1_000_000;
const LIFE: u64 = 300_000;
const LEFT: u64 = 30 * 86_400_000;

/// How much world there is.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub tabs: usize,
    pub thief: bool,
    /// The person signs out, another device revokes.
    pub endings: bool,
    /// The node dies and loses the rotations that were not on disk.
    pub crashes: bool,
    /// Refreshes in use by each party after which a theft must have shown.
    pub bound: u8,
    pub depth: usize,
}

impl Default for Scope {
    fn default() -> Self {
        Self { tabs: 1, thief: false, endings: false, crashes: true, bound: 2, depth: 0 }
    }
}

/// What the protocol demands; each can be broken, to see what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub leeway: bool,
    pub confirmation: bool,
    pub retelling: bool,
    pub healing: bool,
    pub reuse_ends: bool,
    pub failures_keep_the_cookie: bool,
    pub late_replies_are_mended: bool,
    pub endings_are_synced: bool,
    /// Not a rule but an assumption that is dropped: a call may arrive when two rotations have overtaken it.
    pub stragglers: bool,
}

impl Rules {
    pub const KEPT: Self = Self {
        leeway: true,
        confirmation: true,
        retelling: true,
        healing: true,
        reuse_ends: true,
        failures_keep_the_cookie: true,
        late_replies_are_mended: true,
        endings_are_synced: true,
        stragglers: false,
    };
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    pub generation: u32,
    pub confirmed: bool,
    /// Whether the last rotation is within the leeway.
    pub is_fresh: bool,
    pub ended: Option<EndReason>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tab {
    pub is_open: bool,
    pub machine: State,
    /// The generation of the access token in its memory.
    pub token: Option<u32>,
}

/// On its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Message {
    Request { from: Party, presented: u32 },
    Granted { to: Party, generation: u32 },
    Refused { to: Party, reason: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    Tab(usize),
    /// A tab that gave the call up: what comes back reaches the jar at most.
    Nobody,
    Thief,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Thief {
    pub cookie: Option<u32>,
    pub token: Option<u32>,
}

/// What a party has done since the copy was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rounds {
    /// Refreshes that moved the session on and whose token was used, and then the leeway went by. A thief who asks
    /// within the leeway of each of the person's refreshes is handed the same token, and moves nothing.
    pub done: u8,
    /// The generation that counted last.
    last: u32,
    /// The generation that this party brought about.
    moved: u32,
    /// The newest such generation used in this round.
    used: u32,
}

impl Rounds {
    fn since(generation: u32) -> Self {
        Self { done: 0, last: generation, moved: 0, used: 0 }
    }

    fn note(&mut self, token: u32) {
        if token == self.moved {
            self.used = token;
        }
    }

    fn end(&mut self) {
        if self.used > self.last {
            (self.done, self.last) = (self.done + 1, self.used);
        }
        self.used = 0;
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub row: Row,
    /// What a crash falls back to.
    pub disk: Row,
    pub jar: Option<u32>,
    pub tabs: Vec<Tab>,
    pub net: BTreeSet<Message>,
    pub thief: Option<Thief>,
    pub person_rounds: Rounds,
    pub thief_rounds: Rounds,
    /// Somebody ended it on purpose.
    pub was_ended: bool,
    /// A page was drawn for nobody, though the session lives.
    pub drawn_signed_out: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The person does something that needs a token.
    Act(usize),
    TokenExpires(usize),
    Retry(usize),
    Close(usize),
    Open(usize),
    Arrive(Message),
    Lose(Message),
    /// Longer than the leeway: whatever is under way is dead.
    TimePasses,
    Sync,
    Crash,
    SignOut(usize),
    Revoke,
    Steal,
    ThiefRefreshes,
    ThiefActs,
}

pub struct Worlds {
    pub scope: Scope,
    pub rules: Rules,
}

impl World {
    /// Just signed in: generation 1 in the jar, one tab that holds its token, the others closed.
    pub fn first(scope: &Scope) -> Self {
        let row = Row { generation: 1, confirmed: false, is_fresh: false, ended: None };
        let tabs = (0..scope.tabs).map(|n| Tab { is_open: n == 0, machine: State::new(), token: None }).collect();
        let mut world = Self {
            disk: row.clone(),
            row,
            jar: Some(1),
            tabs,
            net: BTreeSet::new(),
            thief: None,
            person_rounds: Rounds::default(),
            thief_rounds: Rounds::default(),
            was_ended: false,
            drawn_signed_out: false,
        };
        let granted = Event::SignedIn { session: SESSION, life: LIFE, left: LEFT, idle_left: LEFT, jitter: 0 };
        world.tabs[0].token = Some(1);
        world.tell(0, granted, Rules::KEPT);
        world
    }

    fn decide(&self, presented: u32, rules: Rules) -> Decision {
        let session = Rotatable {
            generation: self.row.generation,
            confirmed: self.row.confirmed || !rules.confirmation,
            rotated_at: 0,
            last_used_at: 0,
            expires_at: i64::MAX,
            idle_limit: i64::MAX,
            ended: self.row.ended,
            user_blocked: false,
        };
        let now = if self.row.is_fresh { LEEWAY / 2 } else { LEEWAY * 6 };
        let leeway = if rules.leeway { LEEWAY } else { -1 };
        match rotate(&session, presented, leeway, now) {
            Decision::Heal { .. } if !rules.healing => Decision::Reuse,
            Decision::Reuse if !rules.reuse_ends => Decision::Repeat,
            decision => decision,
        }
    }

    /// A refresh reaches the server.
    fn serve(&mut self, from: Party, presented: u32, rules: Rules) {
        let answer = match self.decide(presented, rules) {
            Decision::Advance { to } | Decision::Heal { to } => {
                self.row = Row { generation: to, confirmed: false, is_fresh: true, ended: None };
                if self.thief.is_some() {
                    let rounds = if from == Party::Thief { &mut self.thief_rounds } else { &mut self.person_rounds };
                    rounds.moved = to;
                }
                if !rules.stragglers {
                    self.forget_stragglers(rules);
                }
                Message::Granted { to: from, generation: to }
            }
            Decision::Repeat => Message::Granted { to: from, generation: self.row.generation },
            Decision::Retell => {
                self.row.is_fresh |= rules.retelling;
                Message::Granted { to: from, generation: self.row.generation }
            }
            Decision::Reuse => {
                self.end(EndReason::Reuse, rules);
                Message::Refused { to: from, reason: 0 }
            }
            Decision::Ended(reason) | Decision::Over(reason) => {
                Message::Refused { to: from, reason: u8::from(reason != EndReason::Reuse) }
            }
        };
        self.net.insert(answer);
    }

    fn end(&mut self, reason: EndReason, rules: Rules) {
        self.row.ended = Some(reason);
        if rules.endings_are_synced {
            self.disk = self.row.clone();
        }
    }

    /// An access token reaches the server: true where it is honoured.
    fn used(&mut self, generation: u32) -> bool {
        if self.row.ended.is_some() {
            return false;
        }
        if generation == self.row.generation {
            self.row.confirmed = true;
        }
        true
    }

    /// Lets the tab's machine decide, and carries it out.
    fn tell(&mut self, tab: usize, event: Event, rules: Rules) {
        let (machine, effects) = step(self.tabs[tab].machine.clone(), event, NOW);
        self.tabs[tab].machine = machine;
        for effect in effects {
            match effect {
                Effect::AskRefresh => self.ask(tab),
                Effect::DropToken => self.tabs[tab].token = None,
                Effect::Tell(peer) => {
                    for other in 0..self.tabs.len() {
                        if other != tab && self.tabs[other].is_open {
                            self.tell(other, Event::Peer(peer.clone()), rules);
                        }
                    }
                }
                Effect::Reload => {
                    self.abandon(tab);
                    self.open(tab, rules);
                }
                Effect::SendSignOut => {
                    self.was_ended = true;
                    if self.row.ended.is_none() {
                        self.end(EndReason::SignedOut, rules);
                    }
                    self.jar = None;
                    self.tell(tab, Event::SignOutAnswered { heard: true }, rules);
                }
                Effect::SetTimer(_)
                | Effect::ClearTimer
                | Effect::ForgetHint(_)
                | Effect::KeepReason(_)
                | Effect::ReportUse
                | Effect::Listen
                | Effect::StopListening
                | Effect::DevicesChanged
                | Effect::KeepPendingSignOut(_) => {}
            }
        }
    }

    fn ask(&mut self, tab: usize) {
        match self.jar {
            Some(presented) => {
                self.net.insert(Message::Request { from: Party::Tab(tab), presented });
            }
            None => {
                self.net.insert(Message::Refused { to: Party::Tab(tab), reason: 2 });
            }
        }
    }

    /// The call under way is aborted: a request may reach the server all the same, a reply reaches nobody.
    fn abandon(&mut self, tab: usize) {
        let under_way: Vec<Message> = self.net.iter().filter(|message| message.tab() == Some(tab)).cloned().collect();
        for message in under_way {
            self.net.remove(&message);
            if let Message::Request { presented, .. } = message {
                self.net.insert(Message::Request { from: Party::Nobody, presented });
            }
        }
    }

    /// The person's calls that two rotations have overtaken do not arrive.
    fn forget_stragglers(&mut self, rules: Rules) {
        for message in self.net.clone() {
            if let Message::Request { from, presented } = message
                && from != Party::Thief
                && presented + 1 < self.row.generation
            {
                self.lose(&message, rules);
            }
        }
    }

    /// A new page: the server draws it for whom the cookie names, without rotating.
    fn open(&mut self, tab: usize, rules: Rules) {
        self.tabs[tab] = Tab { is_open: true, machine: State::new(), token: None };
        let decision = self.jar.map(|presented| self.decide(presented, rules));
        let drawn_for = match decision {
            Some(Decision::Advance { .. } | Decision::Repeat | Decision::Retell | Decision::Heal { .. }) => {
                Some(SESSION)
            }
            _ => None,
        };
        let ended = match decision {
            Some(Decision::Ended(reason) | Decision::Over(reason)) => Some(Ended { reason, at: 0, by: None }),
            _ => None,
        };
        self.drawn_signed_out |= drawn_for.is_none() && self.row.ended.is_none();
        let hint = self.jar.map(|_| SESSION);
        self.tell(tab, Event::Boot { drawn_for, hint, ended, sign_out_pending: false, idle_limit: LEFT }, rules);
    }

    fn arrive(&mut self, message: Message, rules: Rules) {
        self.net.remove(&message);
        match message {
            Message::Request { from, presented } => self.serve(from, presented, rules),
            Message::Granted { to: Party::Thief, generation } => {
                self.thief = Some(Thief { cookie: Some(generation), token: Some(generation) });
            }
            Message::Granted { to, generation } => {
                if let Party::Tab(tab) = to {
                    if !self.was_ended {
                        self.jar = Some(generation);
                    }
                    if self.tabs[tab].machine.session().is_some() || self.tabs[tab].machine.phase == Phase::Unknown {
                        self.tabs[tab].token = Some(generation);
                    }
                    let event = Event::Refreshed {
                        session: SESSION,
                        generation: if rules.late_replies_are_mended { generation } else { u32::MAX },
                        life: LIFE,
                        left: LEFT,
                        idle_left: LEFT,
                        jitter: 0,
                    };
                    self.tell(tab, event, rules);
                }
            }
            Message::Refused { to, reason } => {
                if !rules.failures_keep_the_cookie {
                    self.jar = None;
                }
                if let Party::Tab(tab) = to {
                    let ended = |reason| Error::SessionEnded(Ended { reason, at: 0, by: None });
                    let error = match reason {
                        0 => ended(EndReason::Reuse),
                        1 => ended(self.row.ended.unwrap_or(EndReason::Revoked)),
                        _ => Error::TokenMissing,
                    };
                    self.tell(tab, Event::RefreshFailed { error, jitter: 0 }, rules);
                }
            }
        }
    }

    fn lose(&mut self, message: &Message, rules: Rules) {
        self.net.remove(message);
        if let Some(tab) = message.tab() {
            if !rules.failures_keep_the_cookie {
                self.jar = None;
            }
            self.tell(tab, Event::RefreshFailed { error: Error::Offline, jitter: 0 }, rules);
        }
    }

    fn act(&mut self, tab: usize, rules: Rules) {
        self.tell(tab, Event::Wanted, rules);
        let machine = &self.tabs[tab].machine;
        let Some(token) = self.tabs[tab].token.filter(|_| machine.usable_token(NOW).is_some()) else { return };
        let serial = machine.token.map_or(0, |token| token.serial);
        if self.used(token) {
            self.person_rounds.note(token);
        } else {
            let reason = self.row.ended.unwrap_or(EndReason::Revoked);
            let why = tabkey::browser::machine::Refused::Ended(Ended { reason, at: 0, by: None });
            self.tell(tab, Event::Refused { serial, why }, rules);
        }
    }

    fn time_passes(&mut self, rules: Rules) {
        for message in self.net.clone() {
            self.lose(&message, rules);
        }
        self.net.clear();
        self.row.is_fresh = false;
        if self.thief.is_some() {
            self.person_rounds.end();
            self.thief_rounds.end();
        }
        // Tokens die, so that each round begins with a refresh.
        for tab in 0..self.tabs.len() {
            self.expire(tab);
        }
        if let Some(thief) = &mut self.thief {
            thief.token = None;
        }
    }

    fn expire(&mut self, tab: usize) {
        if let Some(token) = &mut self.tabs[tab].machine.token {
            token.life = 0;
        }
    }
}

impl Message {
    pub fn tab(&self) -> Option<usize> {
        match self {
            Self::Request { from: Party::Tab(tab), .. }
            | Self::Granted { to: Party::Tab(tab), .. }
            | Self::Refused { to: Party::Tab(tab), .. } => Some(*tab),
            _ => None,
        }
    }
}

impl Model for Worlds {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::first(&self.scope)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        for (n, tab) in world.tabs.iter().enumerate() {
            if !tab.is_open {
                actions.push(Action::Open(n));
                continue;
            }
            if tab.machine.refresh != Refresh::Asking && tab.machine.session().is_some() {
                actions.push(Action::Act(n));
            }
            if tab.machine.usable_token(NOW).is_some() {
                actions.push(Action::TokenExpires(n));
            }
            if matches!(tab.machine.refresh, Refresh::Waiting { .. }) {
                actions.push(Action::Retry(n));
            }
            if self.scope.tabs > 1 || !tab.machine.failures.is_empty() {
                actions.push(Action::Close(n));
            }
            if self.scope.endings && tab.machine.session().is_some() {
                actions.push(Action::SignOut(n));
            }
        }
        for message in &world.net {
            actions.push(Action::Arrive(message.clone()));
            actions.push(Action::Lose(message.clone()));
        }
        actions.push(Action::TimePasses);
        if self.scope.crashes {
            if world.disk != world.row {
                actions.push(Action::Sync);
            }
            actions.push(Action::Crash);
        }
        if self.scope.endings && world.row.ended.is_none() {
            actions.push(Action::Revoke);
        }
        if self.scope.thief {
            match &world.thief {
                None => actions.push(Action::Steal),
                Some(thief) => {
                    actions.push(Action::ThiefRefreshes);
                    if thief.token.is_some() {
                        actions.push(Action::ThiefActs);
                    }
                }
            }
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let (mut next, rules) = (world.clone(), self.rules);
        match action {
            Action::Act(tab) => next.act(tab, rules),
            Action::TokenExpires(tab) => next.expire(tab),
            Action::Retry(tab) => {
                // Its time has come: the clock that stands still is not asked.
                next.tabs[tab].machine.refresh = Refresh::Idle;
                next.tell(tab, Event::Wanted, rules);
            }
            Action::Close(tab) => {
                next.abandon(tab);
                next.tabs[tab] = Tab { is_open: false, machine: State::new(), token: None };
            }
            Action::Open(tab) => next.open(tab, rules),
            Action::Arrive(message) => next.arrive(message, rules),
            Action::Lose(message) => next.lose(&message, rules),
            Action::TimePasses => next.time_passes(rules),
            Action::Sync => next.disk = next.row.clone(),
            Action::Crash => {
                // Its connections break.
                for message in next.net.clone() {
                    next.lose(&message, rules);
                }
                next.row = next.disk.clone();
            }
            Action::SignOut(tab) => next.tell(tab, Event::SignOut, rules),
            Action::Revoke => {
                next.was_ended = true;
                next.end(EndReason::Revoked, rules);
            }
            Action::Steal => {
                next.thief = Some(Thief { cookie: next.jar, token: None });
                next.person_rounds = Rounds::since(next.row.generation);
                next.thief_rounds = next.person_rounds;
            }
            Action::ThiefRefreshes => {
                let presented = next.thief.as_ref()?.cookie?;
                next.net.insert(Message::Request { from: Party::Thief, presented });
            }
            Action::ThiefActs => {
                let token = next.thief.as_ref()?.token?;
                if next.used(token) {
                    next.thief_rounds.note(token);
                }
            }
        }
        (next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }

    fn within_boundary(&self, world: &World) -> bool {
        world.row.generation <= 6 && world.net.len() <= 4
    }
}
