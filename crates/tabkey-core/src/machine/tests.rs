//! Every rule of the machine, as a specification. Runs in: both, in tests.

mod alone;
mod drawing;
mod events;
mod idle;
mod late;
mod leaving;
mod stream;
mod tries;

use uuid::Uuid;

use super::*;
use crate::{EndReason, Ended, Error, Profile};

const LIFE: Millis = 300_000;
const IDLE: Millis = 3_600_000;
const LEFT: Millis = 30 * 86_400_000;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn ended(reason: EndReason) -> Ended {
    Ended { reason, at: 7, by: None }
}

fn begins(drawn_for: Option<Uuid>, hint: Option<Uuid>, sign_out_pending: Option<Uuid>) -> Event {
    Event::Boot(Boot { drawn_for, hint, sign_out_pending, idle_limit: IDLE, ..page() })
}

/// A page that somebody looks at, of an application without a stream.
fn page() -> Boot {
    Boot { at: 1_000, visible: true, online: true, number: 7, hears_others: true, ..Boot::default() }
}

/// What is done, but for the timer and the holding of a token, which every grant brings.
fn acts(effects: Vec<Effect>) -> Vec<Effect> {
    let is_act = |effect: &Effect| !matches!(effect, Effect::SetTimer(_) | Effect::ClearTimer | Effect::KeepToken);
    effects.into_iter().filter(is_act).collect()
}

fn boot(drawn_for: Option<Uuid>, hint: Option<Uuid>) -> (State, Vec<Effect>) {
    step(State::new(), begins(drawn_for, hint, None), 0)
}

fn refreshed(session: Uuid) -> Event {
    Event::Refreshed { session, generation: 2, life: LIFE, left: LEFT, idle_left: IDLE, kept: true, jitter: 0 }
}

/// A tab of session 1 with a token that came at 0.
fn signed_in() -> State {
    let (state, _) = boot(Some(id(1)), Some(id(1)));
    let (state, _) = step(state, Event::Wanted, 0);
    step(state, refreshed(id(1)), 0).0
}

fn asks(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| **effect == Effect::AskRefresh).count()
}

#[test]
fn a_reload_moves_no_generation() {
    let (state, effects) = boot(Some(id(1)), Some(id(1)));
    assert_eq!(state.phase, Phase::SignedIn { session: id(1) });
    assert_eq!(asks(&effects), 0);
}

#[test]
fn a_page_tells_the_others_whom_the_jar_names_and_nothing_that_was_drawn_long_ago() {
    let tell = Effect::Tell(Peer::SignedIn { session: id(1) });
    assert!(boot(Some(id(1)), Some(id(1))).1.contains(&tell));
    assert!(!boot(Some(id(1)), Some(id(2))).1.contains(&tell));
}

#[test]
fn a_hint_that_the_server_did_not_follow_is_worth_one_question() {
    let (state, effects) = boot(None, Some(id(1)));
    assert_eq!((state.phase, asks(&effects)), (Phase::Unknown, 1));
}

#[test]
fn without_a_hint_nothing_is_asked() {
    let (state, effects) = boot(None, None);
    assert_eq!(state.phase, Phase::SignedOut(None));
    assert_eq!(acts(effects), []);
}

#[test]
fn many_requests_share_one_refresh() {
    let (mut state, _) = boot(Some(id(1)), None);
    let mut asked = 0;
    for now in 0..20 {
        let (next, effects) = step(state, Event::Wanted, now);
        state = next;
        asked += asks(&effects);
    }
    assert_eq!(asked, 1);
}

#[test]
fn a_token_is_renewed_at_four_fifths_of_its_life_and_only_while_visible() {
    let state = signed_in();
    let (_, effects) = step(state.clone(), Event::Timer, LIFE * 8 / 10);
    assert_eq!(asks(&effects), 1);
    let (hidden, _) = step(state, Event::Hidden, 1);
    let (hidden, effects) = step(hidden, Event::Timer, LIFE * 8 / 10);
    assert_eq!(asks(&effects), 0);
    let (_, effects) = step(hidden, Event::Visible, LIFE * 9 / 10);
    assert_eq!(asks(&effects), 1);
}

#[test]
fn a_session_that_is_to_move_on_is_refreshed_once_and_keeps_its_token_until_then() {
    let state = signed_in();
    let serial = state.token.map(|token| token.serial);

    let (state, effects) = step(state, Event::Rotate { session: id(1) }, 1_000);
    let (state, again) = step(state, Event::Rotate { session: id(1) }, 1_001);

    assert_eq!((acts(effects), acts(again)), (vec![Effect::AskRefresh], vec![]));
    assert_eq!(state.token.map(|token| token.serial), serial);
    assert!(state.token.is_some_and(|token| token.life == LIFE));
}

#[test]
fn a_request_renews_a_token_with_under_ten_seconds_left() {
    let state = signed_in();
    assert_eq!(asks(&step(state.clone(), Event::Wanted, LIFE - 10_000).1), 0);
    assert_eq!(asks(&step(state, Event::Wanted, LIFE - 9_999).1), 1);
}

#[test]
fn wake() {
    let (state, effects) = step(signed_in(), Event::Slept, 2 * 3_600_000);
    assert_eq!((state.usable_token(2 * 3_600_000), asks(&effects)), (None, 1));
    let (_, effects) = step(signed_in(), Event::Slept, 10_000);
    assert_eq!(asks(&effects), 0, "a token that lives needs none");
}

#[test]
fn five_xx_is_not_sign_out_and_neither_is_anything_else_indefinite() {
    for error in [
        Error::busy(),
        Error::TooManyAttempts { retry_after: 30 },
        Error::Offline,
        Error::Unreadable,
        Error::Forbidden,
        Error::TokenExpired,
    ] {
        let (state, _) = step(signed_in(), Event::Timer, LIFE * 8 / 10);
        let (state, effects) = step(state, Event::RefreshFailed { error: error.clone(), jitter: 0 }, LIFE * 8 / 10);
        assert_eq!(state.phase, Phase::SignedIn { session: id(1) }, "{error:?}");
        assert!(state.usable_token(LIFE - 1).is_some(), "proactive_failure: the token still lives");
        assert!(!effects.contains(&Effect::DropToken));
    }
}

#[test]
fn only_a_definite_answer_signs_out_and_says_why() {
    for (error, reason) in [
        (Error::SessionEnded(ended(EndReason::Revoked)), Some(ended(EndReason::Revoked))),
        (Error::TokenInvalid, None),
        (Error::TokenMissing, None),
    ] {
        let (state, _) = step(signed_in(), Event::Timer, LIFE);
        let (state, effects) = step(state, Event::RefreshFailed { error, jitter: 0 }, LIFE);
        assert_eq!(state.phase, Phase::SignedOut(reason.clone()));
        assert!(effects.contains(&Effect::DropToken) && effects.contains(&Effect::ForgetHint(id(1))));
        assert!(effects.contains(&Effect::KeepReason(reason)));
    }
}

#[test]
fn storm() {
    for error in [Error::busy(), Error::Offline, Error::Unreadable] {
        let (mut state, mut asked) = (signed_in(), 0);
        // Ten minutes in which every request, ten a second, meets a failing server.
        for now in (LIFE..LIFE + 600_000).step_by(100) {
            for event in [Event::Wanted, Event::Timer] {
                let (next, effects) = step(state, event, now);
                state = next;
                if asks(&effects) > 0 {
                    asked += 1;
                    state = step(state, Event::RefreshFailed { error: error.clone(), jitter: 0 }, now).0;
                }
            }
        }
        assert!(asked <= 8, "{asked} refreshes in ten minutes of {error:?}");
    }
}

#[test]
fn the_browser_coming_online_is_a_reason_to_ask_at_once() {
    let (state, _) = step(signed_in(), Event::Timer, LIFE);
    let (state, _) = step(state, Event::RefreshFailed { error: Error::Offline, jitter: 999 }, LIFE);
    let (_, effects) = step(state, Event::Online { sign_out_pending: None }, LIFE + 1);
    assert_eq!(asks(&effects), 1);
}

#[test]
fn near_the_end() {
    let (state, _) = boot(Some(id(1)), None);
    let (state, _) = step(state, Event::Wanted, 0);
    let (mut state, effects) = step(
        state,
        Event::Refreshed {
            session: id(1),
            generation: 2,
            life: 30_000,
            left: 30_000,
            idle_left: 30_000,
            kept: true,
            jitter: 500,
        },
        0,
    );
    assert!(effects.contains(&Effect::SetTimer(30_000)));
    let mut asked = 0;
    for now in (0..30_000).step_by(100) {
        let (next, effects) = step(state, Event::Wanted, now);
        state = next;
        asked += asks(&effects);
    }
    assert_eq!(asked, 0);
    let (state, effects) = step(state, Event::Timer, 30_000);
    assert_eq!(asks(&effects), 1);
    let (state, _) =
        step(state, Event::RefreshFailed { error: Error::SessionEnded(ended(EndReason::Expired)), jitter: 0 }, 30_000);
    assert_eq!(state.phase, Phase::SignedOut(Some(ended(EndReason::Expired))));
}
