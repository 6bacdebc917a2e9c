//! What must hold in every world.

use stateright::Property;
use tabkey_core::{EndReason, machine::Phase, rotate::Decision};

use super::{
    actions::Worlds,
    browser::Tab,
    calm,
    server::Cookie,
    world::{Message, World},
};

pub const NOBODY_BY_ACCIDENT: &str = "nobody is signed out by accident";
pub const THEFT_SHOWS: &str = "a theft shows once both parties have come back";
pub const ONE_LIVE: &str = "a session has one live generation";
pub const ENDED_IS_ENDED: &str = "what has ended stays ended";
pub const LEFT_IS_LEFT: &str = "a page that was signed out shows its session no more";
pub const TRUTH: &str = "every tab finally shows the truth";
pub const FEW_CALLS: &str = "a failing server is asked eight times";
pub const NO_LIVE_COPY: &str = "a tab that knows of the end holds no token";
pub const OWN_TOKEN: &str = "a page holds no token of another session";
pub const NEXT_STEP: &str = "whoever is not signed out has a call under way or a timer set";
pub const NOT_THE_PAST: &str = "what has ended is not seen again";
pub const ONE_STREAM: &str = "a browser whose tabs share a session holds one stream";
pub const ONE_CALL: &str = "a tab has at most one call under way";

/// Tries that bring nothing, by the contract: eight in ten minutes.
const BUDGET: u8 = 8;

pub fn all() -> Vec<Property<Worlds>> {
    vec![
        Property::always(NOBODY_BY_ACCIDENT, |_, world: &World| nobody_by_accident(world)),
        Property::always(THEFT_SHOWS, |worlds: &Worlds, world: &World| theft_shows(world, worlds.0.bound)),
        Property::always(ONE_LIVE, one_live),
        Property::always(ENDED_IS_ENDED, |_, world: &World| {
            world.server.sessions.iter().all(|session| !session.was_over || session.row.ended.is_some())
        }),
        Property::always(LEFT_IS_LEFT, |_, world: &World| {
            world.browser.tabs.iter().all(|tab| tab.left.is_none() || tab.shows() != tab.left)
        }),
        Property::always(TRUTH, |worlds: &Worlds, world: &World| calm::shows_the_truth(world, &worlds.0)),
        Property::always(FEW_CALLS, |_, world: &World| world.browser.tabs.iter().all(|tab| tab.calls <= BUDGET)),
        Property::always(NO_LIVE_COPY, |_, world: &World| {
            world
                .browser
                .tabs
                .iter()
                .all(|tab| !matches!(tab.machine.phase, Phase::SignedOut(_)) || tab.token.is_none())
        }),
        Property::always(OWN_TOKEN, |_, world: &World| {
            world.browser.tabs.iter().all(|tab| tab.token.is_none_or(|token| tab.shows() == Some(token.session)))
        }),
        Property::always(NEXT_STEP, |_, world: &World| world.browser.tabs.iter().all(has_next_step)),
        Property::always(NOT_THE_PAST, |_, world: &World| !world.showed_the_past),
        Property::always(ONE_STREAM, |worlds: &Worlds, world: &World| {
            let holds = |tab: &&Tab| tab.is_awake() && tab.stream.is_some();
            worlds.0.mute || worlds.0.freezing || world.browser.tabs.iter().filter(holds).count() <= 1
        }),
        Property::always(ONE_CALL, |_, world: &World| one_call(world)),
    ]
}

fn has_next_step(tab: &Tab) -> bool {
    let machine = &tab.machine;
    let needs_one = machine.phase == Phase::Unknown || machine.trouble.is_some();
    !tab.is_awake() || !machine.is_begun || !needs_one || machine.is_asking() || machine.timer.is_some()
}

fn nobody_by_accident(world: &World) -> bool {
    if world.thief.is_some() {
        return true;
    }
    let sessions = &world.server.sessions;
    let out = world.browser.tabs.iter().any(|tab| matches!(tab.machine.phase, Phase::SignedOut(_)));
    let is_shown_out = out || world.drawn_signed_out;
    sessions.iter().all(|session| session.was_ended || session.row.ended.is_none())
        && (sessions.iter().any(|session| session.was_ended) || !is_shown_out)
}

fn theft_shows(world: &World, bound: u8) -> bool {
    let Some(thief) = &world.thief else { return true };
    let session = &world.server.sessions[thief.cookie.session];
    let both_have_come_back = thief.rounds.done >= bound && thief.person_rounds.done >= bound;
    !both_have_come_back || session.row.ended == Some(EndReason::Reuse) || session.was_ended
}

fn one_live(worlds: &Worlds, world: &World) -> bool {
    (0..world.server.sessions.len()).all(|session| {
        let newest = world.server.row(session).generation + 1;
        let moves_on = |generation: &u32| {
            let presented = Cookie { session, generation: *generation };
            matches!(world.server.decide(presented, &worlds.0), Decision::Advance { .. })
        };
        (1..=newest).filter(moves_on).count() <= 1
    })
}

fn one_call(world: &World) -> bool {
    world.browser.tabs.iter().enumerate().all(|(n, tab)| {
        let calls = world.net.iter().filter(|message| message.tab() == Some(n) && Message::is_refresh(message)).count();
        calls <= usize::from(tab.is_open && tab.machine.is_asking())
    })
}
