//! Long schedules by chance, where exploring all of them would take too long. A seed repeats its schedule.

use stateright::{Expectation, Model};

use super::{actions::Worlds, scope::Scope, world::World};

/// Takes `steps` random steps, beginning anew where the boundary is reached. Errors: the property that failed, and the
/// steps that led there.
pub fn run(seed: u64, scope: Scope, steps: usize) -> Result<(), String> {
    let worlds = Worlds(scope);
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut world = worlds.init_states().remove(0);
    let mut taken = Vec::new();
    for _ in 0..steps {
        // Xorshift: good enough to shuffle, and the same everywhere.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut actions = Vec::new();
        worlds.actions(&world, &mut actions);
        let action = actions.swap_remove(usize::try_from(random % actions.len() as u64).unwrap_or(0));
        let Some(next) = worlds.next_state(&world, action.clone()) else { continue };
        taken.push(action);
        for property in worlds.properties() {
            if matches!(property.expectation, Expectation::Always) && !(property.condition)(&worlds, &next) {
                return Err(format!("{}: {taken:?}", property.name));
            }
        }
        world = next;
        if !worlds.within_boundary(&world) || is_over(&world) {
            world = worlds.init_states().remove(0);
            taken.clear();
        }
    }
    Ok(())
}

/// Nothing of interest happens any more.
fn is_over(world: &World) -> bool {
    world.net.is_empty() && world.server.sessions.iter().all(|session| session.row.ended.is_some())
}
