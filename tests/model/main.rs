//! The protocol as a whole, explored: the server's `rotate` and the tab's `step`, just as they run, in small worlds where
//! everything that a network, a browser and a thief can do happens in every order.
//!
//! What is taken for granted, and where it is made true: a refresh that is under way for longer than the leeway is dead
//! (`browser::refresh` gives up after 8 s, the leeway is 10 s), and none reaches the server after two rotations have
//! overtaken it; tabs hear each other at once; a sign-in waits for the refresh and the sign-out that are under way in its browser
//! (`browser::session::Session::in_turn`); endings are on disk before they are answered, rotations need not be.

mod actions;
mod broken;
mod browser;
mod calm;
mod properties;
mod scope;
mod server;
mod simulation;
mod thief;
mod world;

use actions::Worlds;
use scope::Scope;
use stateright::{Checker, Model};

/// Explores every schedule of `scope` to its depth, and answers the names of the properties that fail.
fn explore(name: &str, scope: Scope) -> Vec<&'static str> {
    let checker = Worlds(scope).checker().target_max_depth(scope.depth).spawn_bfs().join();
    let mut failed: Vec<&'static str> = checker.discoveries().into_keys().collect();
    failed.sort_unstable();
    println!("{name}: {} states to depth {}, failing: {failed:?}", checker.unique_state_count(), scope.depth);
    for (property, path) in checker.discoveries() {
        println!("  {property}: {:?}", path.into_actions());
    }
    failed
}

/// CI affords these; `MODEL_DEPTH` adds to each.
fn more() -> usize {
    std::env::var("MODEL_DEPTH").ok().and_then(|more| more.parse().ok()).unwrap_or(0)
}

fn holds(name: &str, scope: Scope) {
    let failed = explore(name, scope.to(scope.depth + more()));
    assert!(failed.is_empty(), "{name}: {failed:?}");
}

/// Tabs of one session, and a database that loses rotations.
fn honest(tabs: usize, depth: usize) -> Scope {
    Scope { tabs, depth, crashes: true, ..Scope::default() }
}

fn with_thief(depth: usize) -> Scope {
    Scope { thief: true, depth, ..Scope::default() }
}

/// The session is left, revoked, or past its end.
fn with_endings(depth: usize) -> Scope {
    Scope { tabs: 2, endings: true, depth, ..Scope::default() }
}

fn with_accounts(tabs: usize, depth: usize) -> Scope {
    Scope { tabs, endings: true, accounts: true, depth, ..Scope::default() }
}

fn with_freezing(depth: usize) -> Scope {
    Scope { tabs: 2, freezing: true, depth, ..Scope::default() }
}

fn on_two_nodes(depth: usize) -> Scope {
    Scope { nodes: 2, endings: true, crashes: true, depth, ..Scope::default() }
}

fn with_failures(depth: usize) -> Scope {
    Scope { failing: true, depth, ..Scope::default() }
}

fn with_doubles(depth: usize) -> Scope {
    Scope { tabs: 2, doubles: true, depth, ..Scope::default() }
}

/// Streams that open, break and bring things late, in tabs that are hidden, shown and prerendered.
fn with_streams(depth: usize) -> Scope {
    Scope { tabs: 2, streams: true, hiding: true, endings: true, depth, ..Scope::default() }
}

/// A change of the password and refusals that come late, and another application's cookies.
fn with_lateness(depth: usize) -> Scope {
    Scope { lateness: true, failing: true, ..with_accounts(2, depth) }
}

/// Tabs that cannot hear each other.
fn mute(depth: usize) -> Scope {
    Scope { mute: true, ..with_accounts(2, depth) }
}

/// Everything at once, but for a thief.
fn everything() -> Scope {
    Scope {
        tabs: 3,
        nodes: 2,
        endings: true,
        crashes: true,
        accounts: true,
        freezing: true,
        failing: true,
        doubles: true,
        streams: true,
        hiding: true,
        lateness: true,
        ..Scope::default()
    }
}

#[test]
fn no_schedule_without_a_thief_ends_a_session() {
    holds("one tab", honest(1, 24));
    holds("two tabs", honest(2, 20));
    holds("three tabs", honest(3, 12));
}

#[test]
fn no_theft_goes_unnoticed() {
    holds("a thief, a bound of one refresh each", with_thief(22));
}

#[test]
fn what_has_ended_is_never_live_again() {
    holds("endings", with_endings(12));
}

#[test]
fn another_account_is_kept_apart() {
    holds("accounts", with_accounts(2, 11));
}

/// There a page may show too late what has happened, but nothing worse.
#[test]
fn where_tabs_cannot_hear_each_other_another_account_is_kept_apart_too() {
    let failed = explore("mute", mute(9 + more()));
    assert!(failed.iter().all(|property| *property == properties::TRUTH), "{failed:?}");
}

#[test]
fn what_a_tab_could_not_hear_is_made_up_for() {
    holds("streams", with_streams(10));
}

#[test]
fn what_comes_late_harms_nobody() {
    holds("lateness", with_lateness(8));
}

#[test]
fn frozen_tabs_come_back_to_the_truth() {
    holds("freezing", with_freezing(15));
}

#[test]
fn two_nodes_agree() {
    holds("two nodes", on_two_nodes(15));
}

#[test]
fn a_failing_server_is_left_alone() {
    holds("failing", with_failures(40));
}

#[test]
fn a_request_that_comes_twice_harms_nobody() {
    holds("doubles", with_doubles(16));
}

/// The seeds are printed: each repeats its schedule.
#[test]
fn long_random_schedules_find_nothing_either() {
    let (seeds, steps) = (1..=100 * (1 + more() as u64), 2_000);
    for seed in seeds.clone() {
        for scope in [with_thief(0), everything()] {
            simulation::run(seed, scope, steps).unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
        }
    }
    println!("by chance: two worlds, seeds {seeds:?}, {steps} steps each");
}
