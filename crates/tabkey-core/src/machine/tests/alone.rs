//! The profiles in which nothing outlives the page. Runs in: both, in tests.

use super::*;

const GRACE: Millis = 60_000;

/// A tab of session 1, signed in at 0.
fn alone(profile: Profile) -> State {
    let event = Event::Boot(Boot { profile, ..page() });
    let (state, _) = step(State::new(), event, 0);
    step(state, Event::SignedIn { session: id(1), life: LIFE, left: LEFT, idle_left: LIFE, kept: true, jitter: 0 }, 0).0
}

/// The person goes on using the page, so that only the token's end is near.
fn in_use(mut state: State, until: Millis) -> State {
    for now in (0..until).step_by(10_000) {
        state = step(state, Event::Input, now).0;
    }
    state
}

fn out(reason: EndReason, at: i64) -> Phase {
    Phase::SignedOut(Some(Ended { reason, at, by: None }))
}

#[test]
fn under_banking_the_password_is_asked_for_before_the_end_and_at_it() {
    let state = alone(Profile::Banking);
    assert_eq!(state.password_wanted(LIFE - 60_001), None);
    let soon = state.password_wanted(LIFE - 60_000);
    assert_eq!(soon, Some(PasswordWanted { left: 60_000, is_due: false }));
    let due = state.password_wanted(LIFE);
    assert_eq!(due, Some(PasswordWanted { left: GRACE, is_due: true }));
    assert!(state.waits_for_password(LIFE) && state.usable_token(LIFE).is_none());
}

#[test]
fn under_banking_nothing_is_ever_refreshed() {
    let mut state = in_use(alone(Profile::Banking), LIFE);
    let happening = [
        Event::Wanted,
        Event::Timer,
        Event::Visible,
        Event::Online { sign_out_pending: Some(id(1)) },
        Event::RolesChanged { session: id(1) },
        Event::Refused { session: id(1), serial: 1, why: Refused::NeedsNewToken },
        Event::Tick,
    ];
    for now in [1, LIFE - 1, LIFE, LIFE + GRACE - 1] {
        for event in happening.clone() {
            let (next, effects) = step(state.clone(), event.clone(), now);
            assert_eq!(asks(&effects), 0, "{event:?}");
            assert!(!effects.iter().any(|effect| matches!(effect, Effect::SendSignOut(_))), "{event:?} at {now}");
            if !matches!(event, Event::RolesChanged { .. } | Event::Refused { .. }) {
                state = next;
            }
        }
    }
}

#[test]
fn the_password_in_time_continues_the_same_session_and_nothing_is_asked() {
    let state = in_use(alone(Profile::Banking), LIFE);

    let (state, _) = step(state, refreshed(id(1)), LIFE + GRACE - 1);

    assert_eq!((state.session(), state.password_wanted(LIFE + GRACE)), (Some(id(1)), None));
    let (state, _) = step(state, Event::Tick, LIFE + GRACE);
    assert_eq!(state.session(), Some(id(1)));
}

#[test]
fn without_the_password_the_tab_is_signed_out_at_the_end_and_says_why() {
    let state = in_use(alone(Profile::Banking), LIFE + GRACE);
    let (state, effects) = step(state, Event::Tick, LIFE + GRACE - 1);
    assert_eq!((state.session(), acts(effects)), (Some(id(1)), vec![]));

    for event in [Event::Tick, Event::Timer, Event::Visible, Event::Restored { hint: None }] {
        let (state, effects) = step(state.clone(), event, LIFE + GRACE);
        assert_eq!(state.phase, out(EndReason::Unconfirmed, 1_360));
        let at = |wanted: Effect| effects.iter().position(|effect| *effect == wanted);
        // The token that proves whose sign-out it is goes out before it is dropped.
        let (sent, dropped) = (at(Effect::SendSignOut(Some(id(1)))), at(Effect::DropToken));
        assert!(sent.is_some() && sent < dropped);
    }
}

#[test]
fn changed_roles_ask_for_the_password_at_once_and_leave_its_time() {
    for event in [
        Event::RolesChanged { session: id(1) },
        Event::Refused { session: id(1), serial: 1, why: Refused::NeedsNewToken },
    ] {
        let (state, _) = step(alone(Profile::Banking), event, 100_000);
        let due = PasswordWanted { left: GRACE, is_due: true };
        assert_eq!((state.session(), state.password_wanted(100_000)), (Some(id(1)), Some(due)));
    }
}

#[test]
fn under_banking_the_idle_limit_is_exact_and_counts_from_the_last_input() {
    // A token that outlives the limit, and input until 20 s.
    let state = alone(Profile::Banking);
    let token = state.token.map(|token| Token { life: 3 * LIFE, ..token });
    let state = in_use(State { token, ..state }, 20_001);
    let end = 20_000 + LIFE;
    assert_eq!(state.idle_warning(end - 60_001), None);
    assert_eq!(state.idle_warning(end - 60_000), Some(60_000));

    assert_eq!(step(state.clone(), Event::Tick, end - 1).0.session(), Some(id(1)));
    let (state, effects) = step(state, Event::Tick, end);

    assert_eq!(state.phase, out(EndReason::Idle, 1_320));
    assert!(effects.contains(&Effect::SendSignOut(Some(id(1)))));
}

#[test]
fn the_last_use_before_a_pause_is_reported_too() {
    let (mut state, mut reports) = (alone(Profile::Banking), Vec::new());
    state = step(state, Event::Input, 30_000).0;
    for now in (31_000..200_000).step_by(1_000) {
        let (next, effects) = step(state, Event::Tick, now);
        state = next;
        reports.extend(effects.contains(&Effect::ReportUse).then_some(now));
    }
    assert_eq!(reports, [60_000]);
}

#[test]
fn other_tabs_are_other_sessions() {
    for profile in [Profile::Banking, Profile::Tab] {
        for peer in [Peer::SignedIn { session: id(2) }, Peer::SignedOut { session: id(1), ended: None }] {
            let (state, effects) = step(alone(profile), Event::Peer(peer), 1);
            assert_eq!((state.session(), acts(effects)), (Some(id(1)), vec![]));
        }
        let (_, effects) = step(alone(profile), Event::SignOut, 1);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Tell(_) | Effect::KeepPendingSignOut(_))));
        let at = |wanted: Effect| effects.iter().position(|effect| *effect == wanted);
        assert!(at(Effect::SendSignOut(Some(id(1)))) < at(Effect::DropToken), "it needs the token");
    }
}

#[test]
fn what_another_profile_left_in_the_browser_counts_for_nothing() {
    for profile in [Profile::Banking, Profile::Tab] {
        let event = Event::Boot(Boot { profile, hint: Some(id(3)), sign_out_pending: Some(id(3)), ..page() });
        let (state, effects) = step(State::new(), event, 0);
        assert_eq!((state.phase, acts(effects)), (Phase::SignedOut(None), vec![]));
    }
}

#[test]
fn the_end_of_the_page_is_the_end_of_the_sign_in() {
    for (profile, tells) in [(Profile::Banking, false), (Profile::Tab, true)] {
        let (state, effects) = step(alone(profile), Event::Unloaded, 9_000);
        assert_eq!(state.phase, out(EndReason::Unloaded, 1_009));
        assert_eq!(effects.contains(&Effect::SendSignOut(Some(id(1)))), tells);
        assert!(effects.contains(&Effect::DropToken));
        let told = Ended { reason: EndReason::Unloaded, at: 1_009, by: None };
        assert!(effects.contains(&Effect::KeepReason(Some(told))), "the next page of this tab says why");
    }
    let (state, effects) = step(signed_in(), Event::Unloaded, 9_000);
    assert_eq!((state.session(), acts(effects)), (Some(id(1)), vec![]));
}

#[test]
fn under_tab_the_token_is_renewed_as_ever() {
    let (state, effects) = step(alone(Profile::Tab), Event::Timer, LIFE * 8 / 10);
    assert_eq!((asks(&effects), state.password_wanted(LIFE)), (1, None));
    let (state, _) = step(state, Event::RefreshFailed { error: Error::Offline, jitter: 0 }, LIFE);
    assert_eq!(state.session(), Some(id(1)));
    let (state, _) = step(state, Event::Wanted, LIFE + 5_000);
    let over = Error::SessionEnded(ended(EndReason::Reuse));
    let (state, effects) = step(state, Event::RefreshFailed { error: over, jitter: 0 }, LIFE + 5_000);
    assert_eq!(state.phase, Phase::SignedOut(Some(ended(EndReason::Reuse))));
    assert!(effects.contains(&Effect::DropToken));
}
