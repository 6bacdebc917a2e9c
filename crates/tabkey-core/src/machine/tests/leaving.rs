//! How a session is left, and what comes late. Runs in: both, in tests.

use super::*;

fn pending(drawn_for: Option<Uuid>, hint: Option<Uuid>) -> Event {
    begins(drawn_for, hint, Some(id(1)))
}

#[test]
fn resurrected_logout_in_both_orders() {
    let (asking, _) = step(signed_in(), Event::Timer, LIFE * 8 / 10);
    let (state, effects) = step(asking, Event::SignOut, LIFE * 8 / 10);
    assert!(effects.contains(&Effect::DropToken) && effects.contains(&Effect::SendSignOut(Some(id(1)))));
    // The refresh answers before the sign-out …
    let (first, effects) = step(state.clone(), refreshed(id(1)), LIFE * 8 / 10);
    assert_eq!(first.phase, Phase::SignedOut(None));
    assert!(effects.contains(&Effect::DropToken) && effects.contains(&Effect::SendSignOut(Some(id(1)))));
    // … or after it.
    let (second, _) =
        step(state, Event::SignOutAnswered { session: Some(id(1)), heard: true, jitter: 0 }, LIFE * 8 / 10);
    let (second, effects) = step(second, refreshed(id(1)), LIFE * 8 / 10);
    assert_eq!((second.phase, second.token), (Phase::SignedOut(None), None));
    assert!(effects.contains(&Effect::DropToken) && effects.contains(&Effect::SendSignOut(Some(id(1)))));
}

#[test]
fn a_sign_out_offline_is_kept_and_carried_out_when_the_network_is_back() {
    let (state, effects) = step(signed_in(), Event::SignOut, 1);
    assert!(effects.contains(&Effect::KeepPendingSignOut(id(1))));
    let (state, _) = step(state, Event::SignOutAnswered { session: Some(id(1)), heard: false, jitter: 0 }, 2);
    let (state, effects) = step(state, Event::Online { sign_out_pending: None }, 3);
    assert_eq!(acts(effects), [Effect::SendSignOut(Some(id(1)))]);
    let (_, effects) = step(state, Event::SignOutAnswered { session: Some(id(1)), heard: true, jitter: 0 }, 4);
    let told = Effect::Tell(Peer::SignOutHeard { session: id(1) });
    assert_eq!(acts(effects), [Effect::ForgetPendingSignOut(id(1)), told]);
}

#[test]
fn a_sign_out_whose_tab_is_closed_is_told_by_another_and_by_none_once_it_was_heard() {
    let heard = Event::Peer(Peer::SignedOut { session: id(1), ended: None });
    let (state, _) = step(signed_in(), heard, 1);
    let at = state.deadline(1).expect("it waits for the other tab");
    assert_eq!(acts(step(state.clone(), Event::Timer, at).1), [Effect::SendSignOut(Some(id(1)))]);

    let (state, _) = step(state, Event::Peer(Peer::SignOutHeard { session: id(1) }), 2);
    assert_eq!(state.deadline(2), None);
}

#[test]
fn a_sign_out_that_meets_a_failing_server_is_told_again_within_the_budget() {
    let (mut state, _) = step(signed_in(), Event::SignOut, 0);
    let mut sent = 1;
    let mut timer = None;
    for now in (0..600_000).step_by(50) {
        if timer.is_some_and(|at| now >= at) {
            let (next, effects) = step(state, Event::Timer, now);
            assert_eq!(acts(effects), [Effect::SendSignOut(Some(id(1)))]);
            sent += 1;
            (state, timer) = (next, None);
        }
        if timer.is_none() {
            let (next, effects) =
                step(state, Event::SignOutAnswered { session: Some(id(1)), heard: false, jitter: 0 }, now);
            let set = effects.iter().find_map(|effect| match effect {
                Effect::SetTimer(at) => Some(*at),
                _ => None,
            });
            (state, timer) = (next, set);
            assert!(timer.is_some());
        }
    }
    assert!((5..=8).contains(&sent), "{sent} sign-outs in ten minutes");
}

#[test]
fn a_later_page_carries_out_the_sign_out_that_an_earlier_one_could_not() {
    for (drawn_for, hint) in [(Some(id(1)), Some(id(1))), (None, None)] {
        let (state, effects) = step(State::new(), pending(drawn_for, hint), 0);
        assert_eq!((state.phase, acts(effects)), (Phase::SignedOut(None), vec![Effect::SendSignOut(Some(id(1)))]));
    }
}

#[test]
fn whoever_has_signed_in_since_is_not_signed_out_by_it() {
    let (state, effects) = step(State::new(), pending(Some(id(2)), Some(id(2))), 0);
    assert_eq!(state.phase, Phase::SignedIn { session: id(2) });
    assert!(effects.contains(&Effect::SendSignOut(Some(id(1)))));
}

#[test]
fn a_tab_carries_out_the_sign_out_of_another_one_that_was_closed() {
    let (state, _) = step(signed_in(), Event::Peer(Peer::SignedOut { session: id(1), ended: None }), 1);
    let (_, effects) = step(state, Event::Online { sign_out_pending: Some(id(1)) }, 2);
    assert_eq!(acts(effects), [Effect::SendSignOut(Some(id(1)))]);
}

#[test]
fn another_tabs_sign_out_is_this_tabs_too() {
    let (state, effects) = step(signed_in(), Event::Peer(Peer::SignedOut { session: id(1), ended: None }), 1);
    assert_eq!(state.phase, Phase::SignedOut(None));
    assert!(effects.contains(&Effect::DropToken));
    let (state, _) = step(signed_in(), Event::Peer(Peer::SignedOut { session: id(2), ended: None }), 1);
    assert_eq!(state.phase, Phase::SignedIn { session: id(1) }, "a late word about another session");
}

#[test]
fn the_refusal_of_a_session_that_was_left_does_not_end_the_one_that_came_after() {
    for late in [Error::SessionEnded(ended(EndReason::SignedOut)), Error::TokenMissing, Error::Offline] {
        let (asking, _) = step(signed_in(), Event::Timer, LIFE * 8 / 10);
        let (state, _) = step(asking, Event::SignOut, LIFE * 8 / 10);
        let again = Event::SignedIn { session: id(2), life: LIFE, left: LEFT, idle_left: IDLE, kept: true, jitter: 0 };
        let (state, effects) = step(state, again, LIFE);
        assert_eq!(asks(&effects), 0);
        let (state, effects) = step(state, Event::RefreshFailed { error: late, jitter: 0 }, LIFE + 1);
        assert_eq!(state.phase, Phase::SignedIn { session: id(2) });
        assert_eq!((state.usable_token(LIFE + 1).is_some(), state.trouble, acts(effects)), (true, None, vec![]));
    }
}

#[test]
fn a_sign_in_while_a_call_is_under_way_starts_no_second_one() {
    let (asking, _) = step(signed_in(), Event::Timer, LIFE * 8 / 10);
    let (state, _) = step(asking, Event::SignOut, LIFE * 8 / 10);
    let again = Event::SignedIn { session: id(2), life: LIFE, left: LEFT, idle_left: IDLE, kept: true, jitter: 0 };
    let (state, _) = step(state, again, LIFE);
    let (_, effects) = step(state, Event::Wanted, 2 * LIFE);
    assert_eq!(asks(&effects), 0);
}

#[test]
fn a_late_word_on_an_older_sign_out_does_not_settle_a_newer_one() {
    let (state, _) = step(State::new(), pending(Some(id(2)), Some(id(2))), 0);
    let (state, _) = step(state, Event::SignOut, 1);
    let (state, effects) = step(state, Event::SignOutAnswered { session: Some(id(1)), heard: true, jitter: 0 }, 2);
    assert_eq!((state.sign_out_pending, acts(effects)), (Some(id(2)), vec![]));
}
