//! What a world comes to when nothing goes wrong any more.

use tabkey_core::machine::Phase;

use super::{
    browser::{NOW, Tab},
    scope::Scope,
    server::Session,
    world::World,
};

/// Milliseconds in which everything is well again: what is tried eight times in ten minutes is tried once more after them.
const CALM: u64 = 25 * 60_000;
/// Whatever is under way for longer is dead.
const LEEWAY: u64 = 10_000;

/// Whether every page that somebody looks at comes to show what the jar and the server say, and the server to hear of every
/// sign-out. Nothing is cleared here and nothing is brought about: everything arrives, frozen tabs run again, a prerendered page is
/// shown, a browser without a page opens one, and from then on only time passes.
pub fn shows_the_truth(world: &World, scope: &Scope) -> bool {
    let mut world = world.clone();
    world.thief = None;
    world.now = NOW + 1;
    if !world.browser.tabs.iter().any(|tab| tab.is_open) {
        world.open(0, scope);
    }
    for tab in 0..world.browser.tabs.len() {
        if world.browser.tabs[tab].is_frozen {
            world.thaw(tab, scope);
        }
        if world.browser.tabs[tab].prerendered.is_some() {
            world.activate(tab, scope);
        }
    }
    loop {
        deliver(&mut world, scope);
        if is_true(&world) {
            return true;
        }
        let timers = world.browser.tabs.iter().filter(|tab| tab.is_open).filter_map(|tab| tab.machine.timer);
        let Some(next) = timers.min().filter(|next| *next < NOW + CALM) else { return false };
        let before = world.now;
        world.now = next.max(before + 1);
        if world.now - before > LEEWAY || before == NOW + 1 {
            world.server.time_passes(scope);
        }
        for tab in 0..world.browser.tabs.len() {
            if world.browser.tabs[tab].is_open
                && world.browser.tabs[tab].machine.timer.is_some_and(|at| at <= world.now)
            {
                world.tell(tab, tabkey_core::machine::Event::Timer, scope);
            }
        }
    }
}

fn is_true(world: &World) -> bool {
    let live = world.browser.jar.map(|cookie| cookie.session).filter(|session| world.server.is_live(*session));
    let mut tabs = world.browser.tabs.iter().filter(|tab| tab.is_seen());
    let is_told = |(n, session): (usize, &Session)| !session.was_left || !world.server.is_live(n);
    tabs.all(|tab| {
        tab.shows() == live && tab.machine.phase != Phase::Unknown && (live.is_none() || shows_devices(tab, world))
    }) && world.server.sessions.iter().enumerate().all(is_told)
}

fn shows_devices(tab: &Tab, world: &World) -> bool {
    tab.devices == world.server.devices
}

/// What is said on streams may lead to calls, and their answers to more of it.
fn deliver(world: &mut World, scope: &Scope) {
    world.push(scope);
    while let Some(message) = world.net.first().cloned() {
        world.arrive(message, scope);
        world.push(scope);
    }
}
