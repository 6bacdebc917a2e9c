//! The protocol as a whole, explored: the server's `rotate` and the tab's `step`, just as they run, in small worlds where
//! everything that a network, a browser and a thief can do happens in every order.
//!
//! What is taken for granted, and where it is made true: a refresh that is under way for longer than the leeway is dead
//! (`browser::refresh` gives up after 8 s, the leeway is 10 s), and none reaches the server after two rotations have
//! overtaken it; endings are on disk before they are answered, rotations need not be.

mod properties;
mod simulation;
mod world;

use stateright::{Checker, Model};
use world::{Rules, Scope, Worlds};

/// Explores every schedule of `scope` to its depth, and answers the names of the properties that fail.
fn explore(name: &str, scope: Scope, rules: Rules) -> Vec<&'static str> {
    let depth = scope.depth;
    let checker = Worlds { scope, rules }.checker().target_max_depth(depth).spawn_bfs().join();
    let mut failed: Vec<&'static str> = checker.discoveries().into_keys().collect();
    failed.sort_unstable();
    println!("{name}: {} states to depth {depth}, failing: {failed:?}", checker.unique_state_count());
    if let Some((property, path)) = checker.discoveries().into_iter().next() {
        println!("  {property}: {:?}", path.into_actions());
    }
    failed
}

fn honest(tabs: usize, depth: usize) -> Scope {
    Scope { tabs, depth, ..Scope::default() }
}

fn with_thief(depth: usize) -> Scope {
    Scope { tabs: 1, thief: true, crashes: false, depth, ..Scope::default() }
}

fn with_endings(depth: usize) -> Scope {
    Scope { tabs: 2, endings: true, depth, ..Scope::default() }
}

/// CI affords these; `MODEL_DEPTH` adds to each.
fn more() -> usize {
    std::env::var("MODEL_DEPTH").ok().and_then(|more| more.parse().ok()).unwrap_or(0)
}

#[test]
fn no_schedule_without_a_thief_ends_a_session() {
    assert!(explore("one tab", honest(1, 22 + more()), Rules::KEPT).is_empty());
    assert!(explore("two tabs", honest(2, 17 + more()), Rules::KEPT).is_empty());
    assert!(explore("three tabs", honest(3, 12 + more()), Rules::KEPT).is_empty());
}

#[test]
fn no_theft_goes_unnoticed() {
    assert!(explore("a thief, a bound of two", with_thief(24 + more()), Rules::KEPT).is_empty());
}

#[test]
fn what_has_ended_is_never_live_again() {
    assert!(explore("endings", with_endings(14 + more()), Rules::KEPT).is_empty());
}

#[test]
fn long_random_schedules_find_nothing_either() {
    for seed in 1..=20 {
        simulation::run(seed, honest(3, 0), Rules::KEPT, 2_000)
            .unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
        simulation::run(seed, with_thief(0), Rules::KEPT, 2_000)
            .unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
        simulation::run(seed, with_endings(0), Rules::KEPT, 2_000)
            .unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
    }
    println!("20 seeds, 120,000 steps");
}

/// The model has teeth: each rule is broken in turn, and the checker finds what that does.
#[test]
fn without_the_leeway_racing_tabs_are_signed_out() {
    let rules = Rules { leeway: false, ..Rules::KEPT };
    assert!(explore("no leeway", honest(2, 17), rules).contains(&properties::NOBODY_BY_ACCIDENT));
}

#[test]
fn without_confirmation_a_lost_reply_signs_out() {
    let rules = Rules { confirmation: false, ..Rules::KEPT };
    assert!(explore("no confirmation", honest(1, 10), rules).contains(&properties::NOBODY_BY_ACCIDENT));
}

#[test]
fn without_a_new_leeway_a_late_twin_of_a_retry_signs_out() {
    let rules = Rules { retelling: false, ..Rules::KEPT };
    assert!(explore("no new leeway", honest(1, 14), rules).contains(&properties::NOBODY_BY_ACCIDENT));
}

#[test]
fn without_belief_in_the_mac_a_crash_signs_out() {
    let rules = Rules { healing: false, ..Rules::KEPT };
    assert!(explore("no healing", honest(1, 10), rules).contains(&properties::NOBODY_BY_ACCIDENT));
}

#[test]
fn a_failure_that_clears_the_cookie_signs_out() {
    let rules = Rules { failures_keep_the_cookie: false, ..Rules::KEPT };
    assert!(explore("failures clear the cookie", honest(1, 8), rules).contains(&properties::NOBODY_BY_ACCIDENT));
}

#[test]
fn a_late_reply_that_is_not_mended_signs_out() {
    let rules = Rules { late_replies_are_mended: false, ..Rules::KEPT };
    assert!(explore("late replies not mended", honest(2, 20), rules).contains(&properties::NOBODY_BY_ACCIDENT));
}

#[test]
fn a_forgiven_parent_hides_a_theft() {
    let rules = Rules { reuse_ends: false, ..Rules::KEPT };
    let found = (1..=500).find_map(|seed| simulation::run(seed, with_thief(0), rules, 2_000).err());
    assert!(found.is_some_and(|failure| failure.starts_with(properties::THEFT_SHOWS)));
}

#[test]
fn one_refresh_each_is_not_enough_to_show_a_theft() {
    let scope = Scope { bound: 1, ..with_thief(22) };
    assert!(explore("bound of one", scope, Rules::KEPT).contains(&properties::THEFT_SHOWS));
}

#[test]
fn an_ending_that_a_crash_undoes_revives_a_session() {
    let rules = Rules { endings_are_synced: false, ..Rules::KEPT };
    assert!(explore("endings unsynced", with_endings(6), rules).contains(&properties::ENDED_IS_ENDED));
}

/// Where the protocol ends: a call that was given up, and overtaken by two rotations, looks like a thief's.
#[test]
fn a_straggler_that_two_rotations_overtook_is_taken_for_a_thief() {
    let rules = Rules { stragglers: true, ..Rules::KEPT };
    assert!(explore("stragglers", honest(1, 24), rules).contains(&properties::NOBODY_BY_ACCIDENT));
}

/// And here: a reply so late that another tab has refreshed twice meanwhile (which the lock prevents, unless its holder
/// took longer than 3 s), after which the call that mends the jar is lost as well.
#[test]
fn a_late_reply_whose_mending_is_lost_too_is_the_shortest_accident_left() {
    assert!(explore("late, and mending lost", honest(2, 20), Rules::KEPT).contains(&properties::NOBODY_BY_ACCIDENT));
}
