//! The two purses of tries, and that no state is without a next step. Runs in: both, in tests.

use super::*;

/// From `from` on nothing but time passes and every call fails, until `until`: the times of the calls.
fn left_alone(mut state: State, from: Millis, until: Millis) -> (State, Vec<Millis>) {
    let mut asked = Vec::new();
    let mut now = from;
    while let Some(at) = state.deadline(now).filter(|at| *at <= until) {
        now = at.max(now);
        let (next, effects) = step(state, Event::Timer, now);
        state = next;
        if asks(&effects) > 0 {
            asked.push(now);
            state = fails(state, now);
        }
        assert!(state.deadline(now).is_none_or(|next| next > now), "a timer that changes nothing runs for ever");
    }
    (state, asked)
}

fn fails(state: State, now: Millis) -> State {
    step(state, Event::RefreshFailed { error: Error::Offline, jitter: 999 }, now).0
}

fn acts_now(state: State, now: Millis) -> (State, usize) {
    let (state, _) = step(state, Event::Input, now);
    let (state, effects) = step(state, Event::Wanted, now);
    (state, asks(&effects))
}

#[test]
fn ten_presses_while_the_network_is_away_cost_no_ten_minutes() {
    let mut state = signed_in();
    for now in (LIFE..LIFE + 13_000).step_by(1_300) {
        let (next, asked) = acts_now(state, now);
        state = if asked > 0 { fails(next, now) } else { next };
    }

    let (state, effects) = step(state, Event::Online { sign_out_pending: None }, LIFE + 17_000);
    assert_eq!(asks(&effects), 1, "the network is back");
    let state = fails(state, LIFE + 17_000);
    assert_eq!(acts_now(state.clone(), LIFE + 17_001).1, 0);
    assert_eq!(acts_now(state, LIFE + 22_000).1, 1, "and a person may try every five seconds");
}

#[test]
fn an_unknown_page_that_spent_its_tries_asks_when_the_network_is_back_and_by_itself() {
    let (state, _) = boot(None, Some(id(1)));
    let state = fails(state, 0);

    let (state, asked) = left_alone(state, 0, 700_000);
    assert!(asked.iter().filter(|at| **at < 600_000).count() < 8, "with the first one: {asked:?}");
    assert!(asked.iter().any(|at| *at > 500_000), "it goes on by itself: {asked:?}");

    let now = 700_000;
    let (state, effects) = step(state, Event::Online { sign_out_pending: None }, now);
    assert_eq!((asks(&effects), state.phase), (1, Phase::Unknown));
}

#[test]
fn what_the_server_said_to_wait_counts_for_a_person_too() {
    let told = Event::RefreshFailed { error: Error::Busy { retry_after: 120 }, jitter: 0 };
    let (state, _) = step(signed_in(), Event::Timer, LIFE);
    let (state, _) = step(state, told, LIFE);

    let (state, effects) = step(state, Event::Online { sign_out_pending: None }, LIFE + 10_000);
    assert_eq!((asks(&effects), state.deadline(LIFE + 10_000)), (0, Some(LIFE + 120_000)));
    assert_eq!(acts_now(state, LIFE + 20_000).1, 0);
}

#[test]
fn whoever_is_not_signed_out_has_a_call_under_way_or_a_timer_set() {
    let happening = [
        Event::Online { sign_out_pending: None },
        Event::Offline,
        Event::Visible,
        Event::Hidden,
        Event::Wanted,
        Event::Timer,
        Event::Tick,
        Event::Answered,
        Event::Slept,
        Event::Peer(Peer::SignedOut { session: id(1), ended: None }),
        Event::Peer(Peer::SignedIn { session: id(1) }),
        Event::RolesChanged { session: id(1) },
    ];
    for mut state in [boot(None, Some(id(1))).0, step(signed_in(), Event::Timer, LIFE).0] {
        for now in (LIFE..30 * LIFE).step_by(7_000) {
            if state.is_asking() {
                state = fails(state, now);
            }
            for event in happening.clone() {
                let (next, _) = step(state.clone(), event.clone(), now);
                let is_stuck = (next.phase == Phase::Unknown || next.trouble.is_some())
                    && !next.is_asking()
                    && next.deadline(now).is_none();
                assert!(!is_stuck, "{event:?} at {now}: {next:?}");
            }
            state = step(state, happening[(now / 7_000) as usize % 9].clone(), now).0;
        }
    }
}

#[test]
fn other_tabs_are_heard_before_the_first_answer() {
    for peer in [Peer::SignedIn { session: id(2) }, Peer::SignedOut { session: id(1), ended: None }] {
        let (state, _) = boot(None, Some(id(1)));
        let state = fails(state, 0);
        let (_, effects) = step(state, Event::Peer(peer), 10);
        assert_eq!(asks(&effects), 1);
    }
}

#[test]
fn another_tabs_sign_in_reaches_a_signed_out_page_without_drawing_it_anew() {
    let (state, _) = boot(None, None);
    let (state, effects) = step(state, Event::Peer(Peer::SignedIn { session: id(2) }), 5);
    assert_eq!((acts(effects), &state.phase), (vec![Effect::AskRefresh], &Phase::SignedOut(None)));

    let (state, effects) = step(state, refreshed(id(2)), 9);
    assert_eq!(state.session(), Some(id(2)));
    assert!(!effects.contains(&Effect::Reload) && effects.contains(&Effect::KeepToken));
}

#[test]
fn what_a_session_before_was_told_does_not_end_the_one_after() {
    let (state, _) = step(signed_in(), Event::SignOut, 1);
    let again = Event::SignedIn { session: id(2), life: LIFE, left: LEFT, idle_left: IDLE, kept: true, jitter: 0 };
    let (state, _) = step(state, again, 2);
    let serial = state.token.map_or(0, |token| token.serial);
    assert!(serial > 1, "serials never go back");

    for late in [
        Event::Refused { session: id(1), serial: 1, why: Refused::Ended(ended(EndReason::SignedOut)) },
        Event::Refused { session: id(1), serial, why: Refused::NeedsNewToken },
        Event::SessionEnded { session: id(1), ended: ended(EndReason::SignedOut) },
        Event::RolesChanged { session: id(1) },
        Event::Rotate { session: id(1) },
    ] {
        let (next, effects) = step(state.clone(), late.clone(), 3);
        assert_eq!((next, acts(effects)), (state.clone(), vec![]), "{late:?}");
    }
}

#[test]
fn a_rotation_that_is_wanted_during_a_refresh_is_made_after_it() {
    let (state, _) = step(signed_in(), Event::Timer, LIFE * 8 / 10);
    let (state, effects) = step(state, Event::Rotate { session: id(1) }, LIFE * 8 / 10);
    assert_eq!(asks(&effects), 0);
    let (state, effects) = step(state, refreshed(id(1)), LIFE * 8 / 10 + 5);
    assert_eq!(asks(&effects), 1);
    let (_, effects) = step(state, refreshed(id(1)), LIFE * 8 / 10 + 9);
    assert_eq!(asks(&effects), 0);
}

#[test]
fn a_role_that_changed_while_nobody_looked_and_no_token_was_there_is_asked_for_when_somebody_looks() {
    let (state, _) = boot(Some(id(1)), Some(id(1)));
    let (state, _) = step(state, Event::Hidden, 1);
    let (state, effects) = step(state, Event::Peer(Peer::RolesChanged { session: id(1) }), 2);
    assert_eq!(asks(&effects), 0);
    let (_, effects) = step(state, Event::Visible, 3);
    assert_eq!(asks(&effects), 1);
}

#[test]
fn a_page_that_opens_hidden_renews_nothing_and_listens_to_nothing() {
    let event = Event::Boot(Boot {
        drawn_for: Some(id(1)),
        hint: Some(id(1)),
        idle_limit: IDLE,
        visible: false,
        listens: true,
        ..page()
    });
    let (state, effects) = step(State::new(), event, 0);
    let (mut state, mut effects) = (state, acts(effects));
    for now in (0..LIFE).step_by(1_000) {
        let (next, more) = step(state, Event::Tick, now);
        state = next;
        effects.extend(acts(more));
    }
    assert_eq!(asks(&effects), 0);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::OpenStream(_))));
    assert_eq!(state.deadline(LIFE), None);
}

#[test]
fn nothing_happens_to_a_page_that_has_not_begun() {
    for event in [Event::Peer(Peer::SignedOut { session: id(1), ended: None }), Event::Visible, Event::Wanted] {
        assert_eq!(step(State::new(), event, 1), (State::new(), vec![]));
    }
}

#[test]
fn a_browser_that_keeps_no_cookie_is_noticed_at_once() {
    let (state, _) = boot(None, None);
    let event = Event::SignedIn { session: id(1), life: LIFE, left: LEFT, idle_left: IDLE, kept: false, jitter: 0 };
    assert!(step(state, event.clone(), 1).0.forgets);
    let (state, _) = step(State::new(), Event::Boot(Boot { profile: Profile::Tab, ..page() }), 0);
    assert!(!step(state, event, 1).0.forgets, "none was to be kept");
}
