//! The idle limit. Runs in: both, in tests.

use super::*;

#[test]
fn input_is_reported_once_a_minute_and_a_refresh_is_no_use() {
    let mut state = signed_in();
    let mut reports = 0;
    for now in (0..600_000).step_by(500) {
        let (next, effects) = step(state, Event::Input, now);
        state = next;
        reports += effects.iter().filter(|effect| **effect == Effect::ReportUse).count();
    }
    assert_eq!(reports, 9);

    let (_, effects) = step(State::new(), Event::Input, 600_000);
    assert!(effects.is_empty(), "nobody is signed in");
}

#[test]
fn background_is_activity() {
    let mut state = signed_in();
    for now in (0..IDLE).step_by(240_000) {
        // The server's own count runs down, whatever is refreshed.
        let event = Event::Refreshed {
            session: id(1),
            generation: 2,
            life: LIFE,
            left: LEFT,
            idle_left: IDLE - now,
            kept: true,
            jitter: 0,
        };
        state = step(state, event, now).0;
    }
    assert_eq!(state.idle_warning(IDLE - 60_001), None);
    assert_eq!(state.idle_warning(IDLE - 60_000), Some(60_000));

    let (state, effects) = step(state, Event::Tick, IDLE);

    assert_eq!((asks(&effects), state.session()), (1, Some(id(1))), "the server has the last word");
}

#[test]
fn input_in_any_tab_ends_the_warning_in_all() {
    let state = signed_in();
    assert!(state.idle_warning(IDLE - 1_000).is_some());

    let (here, effects) = step(state.clone(), Event::Input, IDLE - 1_000);
    assert!(effects.contains(&Effect::ReportUse) && effects.contains(&Effect::Tell(Peer::Used { session: id(1) })));
    let (there, _) = step(state, Event::Peer(Peer::Used { session: id(1) }), IDLE - 1_000);

    assert_eq!((here.idle_warning(IDLE), there.idle_warning(IDLE)), (None, None));
}
