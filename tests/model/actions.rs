//! Everything that can happen next.

use stateright::{Model, Property};
use tabkey_core::{
    EndReason, Error,
    machine::{Event, Phase, Refresh},
};

use super::{
    browser::NOW,
    properties,
    scope::{Rule, Scope},
    server::Cookie,
    thief::Thief,
    world::{Message, Party, World},
};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The person does something that needs a token, at this node.
    Act(usize, usize),
    TokenExpires(usize),
    Retry(usize),
    Online(usize),
    Close(usize),
    Open(usize),
    Freeze(usize),
    Thaw(usize),
    Restore(usize),
    /// A stream's time has come, or its connection breaks.
    RunStream(usize),
    BreakStream(usize),
    /// The server says what is to be said on every stream.
    Push,
    DevicesChange,
    Hide(usize),
    Show(usize),
    OpenHidden(usize),
    Prerender(usize),
    Activate(usize),
    /// A call, and a change of the password, whose answers take their time.
    Call(usize),
    ChangePassword(usize),
    /// Another application's cookie hides the hint, or does so no more.
    PlantHint,
    SignIn(usize),
    SignInByForm(usize),
    SignOut(usize),
    Arrive(Message),
    /// It reaches the server, and again later.
    ArriveTwice(Message),
    Lose(Message),
    Fail(Message),
    /// A use is written down.
    Write(Cookie),
    /// A node hears of an ending.
    Hear(usize, usize),
    /// Longer than the leeway: whatever is under way is dead.
    TimePasses,
    Sync,
    Crash,
    Revoke(usize),
    Expire(usize),
    Steal,
    ThiefRefreshes,
    ThiefActs,
}

pub struct Worlds(pub Scope);

impl Model for Worlds {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::first(&self.0)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        self.of_tabs(world, actions);
        self.of_the_network(world, actions);
        self.of_the_server(world, actions);
        if self.0.thief {
            match &world.thief {
                None => actions.push(Action::Steal),
                Some(thief) => {
                    actions.push(Action::ThiefRefreshes);
                    actions.extend(thief.token.map(|_| Action::ThiefActs));
                }
            }
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let (mut next, scope) = (world.clone(), &self.0);
        match action {
            Action::Act(tab, node) => next.act(tab, node, scope),
            Action::TokenExpires(tab) => next.browser.tabs[tab].expire(),
            Action::Retry(tab) => next.retry(tab, scope),
            Action::Online(tab) => {
                let sign_out_pending = next.browser.pending.map(super::browser::id);
                next.tell(tab, Event::Online { sign_out_pending }, scope);
            }
            Action::Close(tab) => next.close(tab, scope),
            Action::Open(tab) => next.open(tab, scope),
            Action::Freeze(tab) => next.browser.tabs[tab].is_frozen = true,
            Action::Thaw(tab) => next.thaw(tab, scope),
            Action::Restore(tab) => next.restore(tab, scope),
            Action::RunStream(tab) => next.run_stream(tab, scope),
            Action::BreakStream(tab) => next.break_stream(tab, scope),
            Action::Push => next.push(scope),
            Action::DevicesChange => next.server.devices += 1,
            Action::Hide(tab) => next.hide(tab, scope),
            Action::Show(tab) => next.show(tab, scope),
            Action::OpenHidden(tab) => next.open_hidden(tab, scope),
            Action::Prerender(tab) => next.prerender(tab, scope),
            Action::Activate(tab) => next.activate(tab, scope),
            Action::Call(tab) => next.call(tab, scope),
            Action::ChangePassword(tab) => next.change_password(tab, scope),
            Action::PlantHint => next.browser.is_hint_hidden = !next.browser.is_hint_hidden,
            Action::SignIn(tab) => next.sign_in(tab, scope),
            Action::SignInByForm(tab) => next.sign_in_by_form(tab, scope),
            Action::SignOut(tab) => {
                let session = next.browser.tabs[tab].shows()?;
                next.browser.tabs[tab].left = Some(session);
                next.server.sessions[session].was_left = true;
                next.server.sessions[session].was_ended = true;
                next.tell(tab, Event::SignOut, scope);
            }
            Action::Arrive(message) => next.arrive(message, scope),
            Action::ArriveTwice(Message::Refresh { presented, .. }) => next.serve(Party::Nobody, presented, scope),
            Action::ArriveTwice(_) => return None,
            Action::Lose(message) => next.lose(&message, scope),
            Action::Fail(message) => next.fail(&message, Error::busy(), scope),
            Action::Write(note) => next.server.write(note, scope),
            Action::Hear(session, node) => next.server.sessions[session].heard[node] = true,
            Action::TimePasses => next.time_passes(scope),
            Action::Sync => next.server.sessions.iter_mut().for_each(|session| session.disk = session.row),
            Action::Crash => {
                // Its connections break.
                for message in next.net.clone() {
                    next.lose(&message, scope);
                }
                next.server.crash();
            }
            Action::Revoke(session) => next.server.end_on_purpose(session, EndReason::Revoked, scope),
            Action::Expire(session) => {
                let session = &mut next.server.sessions[session];
                (session.row.is_past_end, session.disk.is_past_end, session.was_ended) = (true, true, true);
            }
            Action::Steal => {
                let cookie = next.browser.jar?;
                next.thief = Some(Thief::with_copy(cookie, next.server.row(cookie.session).generation));
            }
            Action::ThiefRefreshes => {
                let presented = next.thief.as_ref()?.cookie;
                next.net.insert(Message::Refresh { from: Party::Thief, presented });
            }
            Action::ThiefActs => {
                let token = next.thief.as_ref()?.token?;
                if next.server.used(token, 0, scope) {
                    next.thief.as_mut()?.rounds.note(token);
                }
            }
        }
        (next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }

    fn within_boundary(&self, world: &World) -> bool {
        world.net.len() <= 4 && world.server.sessions.iter().all(|session| session.row.generation <= 6)
    }
}

impl Worlds {
    fn of_tabs(&self, world: &World, actions: &mut Vec<Action>) {
        let scope = &self.0;
        for (n, tab) in world.browser.tabs.iter().enumerate() {
            if !tab.is_open {
                actions.push(Action::Open(n));
                if scope.hiding {
                    actions.extend([Action::OpenHidden(n), Action::Prerender(n)]);
                }
                continue;
            }
            if tab.prerendered.is_some() {
                actions.push(Action::Activate(n));
                continue;
            }
            if scope.tabs > 1 || !tab.machine.tries.failures.is_empty() || tab.is_frozen {
                actions.push(Action::Close(n));
            }
            if tab.is_frozen {
                actions.extend([Action::Thaw(n), Action::Restore(n)]);
                continue;
            }
            if scope.freezing {
                actions.push(Action::Freeze(n));
            }
            if scope.hiding {
                actions.push(if tab.machine.visible { Action::Hide(n) } else { Action::Show(n) });
            }
            if scope.streams {
                actions.push(if tab.stream.is_some() { Action::BreakStream(n) } else { Action::RunStream(n) });
            }
            if scope.lateness {
                actions.extend([Action::Call(n), Action::ChangePassword(n)]);
            }
            if !tab.machine.is_asking() && tab.machine.session().is_some() && may_ask(world, scope, n) {
                actions.extend((0..scope.nodes).map(|node| Action::Act(n, node)));
            }
            if tab.machine.usable_token(NOW).is_some() {
                actions.push(Action::TokenExpires(n));
            }
            if matches!(tab.machine.refresh, Refresh::Waiting { .. }) && may_ask(world, scope, n) {
                actions.push(Action::Retry(n));
            }
            let is_waiting = scope.lateness && matches!(tab.machine.refresh, Refresh::Waiting { .. });
            if tab.machine.sign_out_pending.is_some() || world.browser.pending.is_some() || is_waiting {
                actions.push(Action::Online(n));
            }
            if scope.endings && tab.machine.session().is_some() {
                actions.push(Action::SignOut(n));
            }
            let is_quiet = !scope.keeps(Rule::SignInWaits) || !world.net.iter().any(Message::changes_the_jar);
            let is_out = matches!(tab.machine.phase, Phase::SignedOut(_));
            if scope.accounts && is_out && is_quiet && world.server.sessions.len() == 1 {
                actions.extend([Action::SignIn(n), Action::SignInByForm(n)]);
            }
        }
    }

    fn of_the_network(&self, world: &World, actions: &mut Vec<Action>) {
        for message in &world.net {
            actions.push(Action::Arrive(message.clone()));
            actions.push(Action::Lose(message.clone()));
            let is_request = matches!(message, Message::Refresh { .. } | Message::SignOut { .. });
            if self.0.failing && is_request {
                actions.push(Action::Fail(message.clone()));
            }
            if self.0.doubles && matches!(message, Message::Refresh { from: Party::Tab(_), .. }) {
                actions.push(Action::ArriveTwice(message.clone()));
            }
        }
    }

    fn of_the_server(&self, world: &World, actions: &mut Vec<Action>) {
        let scope = &self.0;
        actions.push(Action::TimePasses);
        if scope.streams {
            actions.push(Action::Push);
            actions.extend((world.server.devices == 0).then_some(Action::DevicesChange));
        }
        // A page that was prerendered for nobody could not know that somebody signed in before it was shown.
        if scope.lateness && !scope.hiding {
            actions.push(Action::PlantHint);
        }
        actions.extend(world.server.notes.iter().map(|note| Action::Write(*note)));
        if scope.crashes {
            if world.server.sessions.iter().any(|session| session.disk != session.row) {
                actions.push(Action::Sync);
            }
            actions.push(Action::Crash);
        }
        for (n, session) in world.server.sessions.iter().enumerate() {
            if scope.endings && world.server.is_live(n) {
                actions.extend([Action::Revoke(n), Action::Expire(n)]);
            }
            if session.row.ended.is_some() {
                actions.extend((0..scope.nodes).filter(|node| !session.heard[*node]).map(|node| Action::Hear(n, node)));
            }
        }
    }
}

/// With a lock instead of a leeway, a tab waits for the others, but not for a frozen one.
fn may_ask(world: &World, scope: &Scope, tab: usize) -> bool {
    scope.keeps(Rule::CorrectnessWithoutLock)
        || world.browser.tabs.iter().enumerate().all(|(other, peer)| {
            other == tab || !peer.is_awake() || !world.net.iter().any(|message| message.tab() == Some(other))
        })
}
