//! What comes late, or of somebody else. Runs in: both, in tests.

use super::*;

#[test]
fn account_switch() {
    let (state, effects) = step(signed_in(), Event::Peer(Peer::SignedIn { session: id(2) }), 1);
    assert_eq!(acts(effects), [Effect::DropToken, Effect::Reload]);
    assert_eq!(step(state, Event::Wanted, LIFE).1, [], "a page that is being drawn anew does nothing");
    let (asking, _) = step(signed_in(), Event::Wanted, LIFE);
    let (_, effects) = step(asking, refreshed(id(2)), LIFE);
    assert_eq!(acts(effects), [Effect::DropToken, Effect::Reload]);
}

#[test]
fn bfcache() {
    let (_, effects) = step(signed_in(), Event::Restored { hint: None }, 1);
    assert_eq!(acts(effects), [Effect::DropToken, Effect::Reload]);
    let (_, effects) = step(signed_in(), Event::Restored { hint: Some(id(1)) }, 1);
    assert_eq!(acts(effects), []);
}

#[test]
fn a_late_refusal_of_an_old_token_changes_nothing() {
    let state = signed_in();
    let (state, effects) = step(state, Event::Refused { session: id(1), serial: 99, why: Refused::NeedsNewToken }, 1);
    assert!(state.usable_token(1).is_some() && effects.is_empty());
}

#[test]
fn a_revoked_session_is_over_at_the_next_refusal() {
    let why = Refused::Ended(ended(EndReason::Revoked));
    let (state, effects) = step(signed_in(), Event::Refused { session: id(1), serial: 1, why }, 1);
    assert_eq!(state.phase, Phase::SignedOut(Some(ended(EndReason::Revoked))));
    assert!(effects.contains(&Effect::KeepReason(Some(ended(EndReason::Revoked)))));
}

#[test]
fn a_late_reply_with_an_older_cookie_is_followed_by_a_refresh_at_once() {
    let (state, _) = boot(Some(id(1)), Some(id(1)));
    let (state, _) = step(state, Event::Wanted, 0);
    let (state, _) = step(state, Event::Peer(Peer::Refreshed { session: id(1), generation: 3 }), 10);

    let answer = |generation| {
        let (life, left, idle_left, jitter) = (LIFE, LEFT, IDLE, 0);
        Event::Refreshed { session: id(1), generation, life, left, idle_left, kept: true, jitter }
    };
    let (state, effects) = step(state, answer(2), 20);

    assert_eq!((asks(&effects), state.refresh), (1, Refresh::Asking { page: Some(id(1)), presented: 3, by: By::Tab }));
    let (state, effects) = step(state, answer(3), 30);
    assert_eq!((asks(&effects), state.refresh), (0, Refresh::Idle));
}

#[test]
fn a_call_that_two_rotations_overtook_is_given_up_and_made_anew() {
    let told = |state, generation| step(state, Event::Peer(Peer::Refreshed { session: id(1), generation }), 10);
    let (state, _) = boot(Some(id(1)), Some(id(1)));
    let (state, effects) = step(state, Event::Wanted, 0);
    assert_eq!(asks(&effects), 1);

    // Another tab won the race, and this call may be told the same.
    let (state, effects) = told(state, 5);
    assert_eq!(acts(effects), vec![]);
    let (state, effects) = told(state, 6);
    assert_eq!(acts(effects), vec![Effect::AbandonRefresh, Effect::AskRefresh]);
    assert_eq!((state.is_asking(), state.tries.failures.len()), (true, 0));

    // The new one presented 6.
    let (state, effects) = told(state, 7);
    assert_eq!(acts(effects), vec![]);
    let (_, effects) = told(state, 8);
    assert_eq!(acts(effects), vec![Effect::AbandonRefresh, Effect::AskRefresh]);
}

#[test]
fn a_proof_of_the_password_brings_a_token_and_leaves_a_refresh_under_way_alone() {
    let stepped_up = |session| Event::SteppedUp { session, life: LIFE, left: LEFT, idle_left: IDLE, jitter: 0 };
    let mut state = State { is_begun: true, phase: Phase::SignedIn { session: id(1) }, ..State::new() };
    state.refresh = Refresh::Asking { page: Some(id(1)), presented: 0, by: By::Tab };

    let (state, _) = step(state, stepped_up(id(1)), 5);
    assert_eq!(state.token.map(|token| (token.serial, token.granted_at)), Some((1, 5)));
    assert!(state.is_asking());

    let (after, effects) = step(state.clone(), stepped_up(id(2)), 9);
    assert_eq!((after, acts(effects)), (state, vec![]), "it came for somebody else");
}
