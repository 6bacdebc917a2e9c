//! What must hold in every world.

use stateright::Property;
use tabkey::{
    browser::machine::{Phase, Refresh},
    shared::EndReason,
};

use super::world::{World, Worlds};

pub const NOBODY_BY_ACCIDENT: &str = "nobody is signed out by accident";
pub const THEFT_SHOWS: &str = "a theft shows once both parties have come back";
pub const ENDED_IS_ENDED: &str = "what has ended stays ended";
pub const NO_LIVE_COPY: &str = "a tab that knows of the end holds no token";
pub const ONE_CALL: &str = "a tab has at most one call under way";

pub fn all() -> Vec<Property<Worlds>> {
    vec![
        Property::always(NOBODY_BY_ACCIDENT, |_, world: &World| nobody_by_accident(world)),
        Property::always(THEFT_SHOWS, |worlds: &Worlds, world: &World| theft_shows(world, worlds.scope.bound)),
        Property::always(ENDED_IS_ENDED, |_, world: &World| !world.was_ended || world.row.ended.is_some()),
        Property::always(NO_LIVE_COPY, |_, world: &World| {
            world.tabs.iter().all(|tab| !matches!(tab.machine.phase, Phase::SignedOut(_)) || tab.token.is_none())
        }),
        Property::always(ONE_CALL, |_, world: &World| one_call(world)),
    ]
}

fn nobody_by_accident(world: &World) -> bool {
    if world.was_ended || world.thief.is_some() {
        return true;
    }
    let shown_out = world.tabs.iter().any(|tab| matches!(tab.machine.phase, Phase::SignedOut(_)));
    world.row.ended.is_none() && !shown_out && !world.drawn_signed_out
}

fn theft_shows(world: &World, bound: u8) -> bool {
    let both_have_come_back = world.person_rounds.done >= bound && world.thief_rounds.done >= bound;
    !both_have_come_back || world.row.ended == Some(EndReason::Reuse) || world.was_ended
}

fn one_call(world: &World) -> bool {
    (0..world.tabs.len()).all(|n| {
        let calls = world.net.iter().filter(|message| message.tab() == Some(n)).count();
        calls == usize::from(world.tabs[n].is_open && world.tabs[n].machine.refresh == Refresh::Asking)
    })
}
