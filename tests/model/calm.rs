//! What a world comes to when nothing goes wrong any more.

use tabkey::browser::machine::{Event, Phase, Refresh};

use super::{browser::id, scope::Scope, server::Session, world::World};

/// Long enough for a refresh, its mending, a sign-out, and a new page.
const ROUNDS: usize = 4;

/// Whether every page shows what the jar and the server say, and the server has heard of every sign-out.
pub fn shows_the_truth(world: &World, scope: &Scope) -> bool {
    let world = calm_down(world.clone(), scope);
    let live = world.browser.jar.map(|cookie| cookie.session).filter(|session| world.server.is_live(*session));
    let mut tabs = world.browser.tabs.iter().filter(|tab| tab.is_open);
    let is_told = |(n, session): (usize, &Session)| !session.was_left || !world.server.is_live(n);
    tabs.all(|tab| tab.shows() == live && tab.machine.phase != Phase::Unknown)
        && world.server.sessions.iter().enumerate().all(is_told)
}

/// Everything arrives, every tab runs, and tokens are renewed when their time comes; nobody has to act.
fn calm_down(mut world: World, scope: &Scope) -> World {
    world.thief = None;
    if !world.browser.tabs.iter().any(|tab| tab.is_open) {
        world.open(0, scope);
    }
    for _ in 0..ROUNDS {
        for tab in 0..world.browser.tabs.len() {
            if world.browser.tabs[tab].is_frozen {
                world.thaw(tab, scope);
            }
        }
        deliver(&mut world, scope);
        world.server.time_passes(scope);
        for tab in 0..world.browser.tabs.len() {
            if world.browser.tabs[tab].is_open {
                world.browser.tabs[tab].expire();
                world.browser.tabs[tab].machine.failures.clear();
                if let Refresh::Waiting { .. } = world.browser.tabs[tab].machine.refresh {
                    world.retry(tab, scope);
                }
                let sign_out_pending = world.browser.pending.map(id);
                for event in [Event::Online { sign_out_pending }, Event::Visible, Event::Timer] {
                    world.tell(tab, event, scope);
                }
            }
        }
        deliver(&mut world, scope);
    }
    world
}

fn deliver(world: &mut World, scope: &Scope) {
    while let Some(message) = world.net.first().cloned() {
        world.arrive(message, scope);
    }
}
