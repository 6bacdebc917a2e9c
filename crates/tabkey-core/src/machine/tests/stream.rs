//! The event stream: how many there are, and what is made up for. Runs in: both, in tests.

use super::*;

/// The tabs of one browser, with a server that lets every stream in at once.
struct Browser {
    tabs: Vec<State>,
    now: Millis,
    refreshes: usize,
}

impl Browser {
    /// Each signed in, at the same moment: in one session, or each in its own.
    fn with(tabs: usize, profile: Profile, hears_others: bool) -> Self {
        let boot = |n: usize| {
            let number = n as u32 + 1;
            let event = Event::Boot(Boot { profile, number, listens: true, hears_others, ..page() });
            step(State::new(), event, 0).0
        };
        let mut browser = Self { tabs: (0..tabs).map(boot).collect(), now: 0, refreshes: 0 };
        for n in 0..tabs {
            let session = if profile.keeps_cookies() { id(1) } else { id(n as u128 + 1) };
            browser.tabs[n].phase = Phase::SignedOut(None);
            let event = Event::SignedIn { session, life: LIFE, left: LEFT, idle_left: LEFT, kept: true, jitter: 0 };
            browser.happens(n, event);
        }
        browser.wait(500);
        browser
    }

    fn happens(&mut self, n: usize, event: Event) {
        let (state, effects) = step(std::mem::take(&mut self.tabs[n]), event, self.now);
        self.tabs[n] = state;
        for effect in effects {
            match effect {
                Effect::Tell(peer) => {
                    for other in (0..self.tabs.len()).filter(|other| *other != n) {
                        if self.tabs[other].stream.hears_others {
                            self.happens(other, Event::Peer(peer.clone()));
                        }
                    }
                }
                Effect::OpenStream(stream) => self.happens(n, Event::StreamOpened { stream }),
                Effect::AskRefresh => {
                    self.refreshes += 1;
                    let session = self.tabs[n].session().unwrap_or(id(1));
                    self.happens(n, refreshed(session));
                }
                _ => {}
            }
        }
    }

    /// Only time passes; the server says a word every fifteen seconds on every stream.
    fn wait(&mut self, milliseconds: Millis) {
        let end = self.now + milliseconds;
        while self.now < end {
            self.now += 500;
            for n in 0..self.tabs.len() {
                if self.tabs[n].timer.is_some_and(|at| at <= self.now) {
                    self.happens(n, Event::Timer);
                }
                if self.now.is_multiple_of(15_000) && self.is_open(n) {
                    let stream = self.tabs[n].stream.opened;
                    self.happens(n, Event::StreamSaid { stream });
                }
            }
        }
    }

    fn is_open(&self, n: usize) -> bool {
        matches!(self.tabs[n].stream.state, StreamState::Open { .. } | StreamState::Opening { .. })
    }

    fn open(&self) -> Vec<usize> {
        (0..self.tabs.len()).filter(|n| self.is_open(*n)).collect()
    }
}

#[test]
fn tabs_of_one_session_hold_one_stream_together() {
    let mut browser = Browser::with(8, Profile::Standard, true);
    for _ in 0..20 {
        browser.wait(7_000);
        assert_eq!(browser.open().len(), 1);
    }
}

#[test]
fn tabs_that_are_sessions_of_their_own_hold_three_and_the_rest_look_now_and_then() {
    for profile in [Profile::Tab, Profile::Banking] {
        let mut browser = Browser::with(8, profile, true);
        let opened = |browser: &Browser| browser.tabs.iter().map(|tab| tab.stream.opened).collect::<Vec<_>>();
        let before = opened(&browser);
        for _ in 0..10 {
            browser.wait(6_000);
            assert_eq!(browser.open(), [0, 1, 2], "{profile:?}");
        }
        let after = opened(&browser);
        for n in 3..8 {
            assert!((2..=4).contains(&(after[n] - before[n])), "{profile:?}: tab {n}: {before:?} {after:?}");
        }
    }
}

#[test]
fn tabs_that_cannot_hear_each_other_hold_none_for_good() {
    let mut browser = Browser::with(8, Profile::Tab, false);
    browser.wait(30_000);
    assert_eq!(browser.open(), Vec::<usize>::new());
    assert!(browser.tabs.iter().all(|tab| tab.stream.opened >= 2));
}

#[test]
fn a_tab_that_is_opened_later_asks_and_opens_no_stream_of_its_own() {
    let mut browser = Browser::with(1, Profile::Standard, true);
    browser.wait(3_000);
    browser.tabs.push(State::new());
    let (drawn_for, hint) = (Some(id(1)), Some(id(1)));
    browser.happens(1, Event::Boot(Boot { drawn_for, hint, number: 0, listens: true, idle_limit: LEFT, ..page() }));
    browser.wait(60_000);
    assert_eq!((browser.open(), browser.tabs[1].stream.opened), (vec![0], 0));
    assert_eq!(browser.tabs[1].token, None, "nor does it need a token");
}

#[test]
fn whoever_closes_its_stream_leaves_it_to_another_at_once() {
    let mut browser = Browser::with(2, Profile::Standard, true);
    assert_eq!(browser.open(), [0]);
    browser.happens(0, Event::Hidden);
    browser.wait(9_000);
    assert_eq!(browser.open(), [0], "people look away and back");
    browser.wait(2_000);
    assert_eq!(browser.open(), [1]);
    // The first one is carried now, and covers nothing when it is shown.
    browser.happens(0, Event::Visible);
    assert!(!browser.tabs[0].is_covered(browser.now));
}

#[test]
fn a_page_that_was_hidden_long_is_covered_until_the_first_answer() {
    let mut browser = Browser::with(1, Profile::Tab, true);
    browser.happens(0, Event::Hidden);
    browser.wait(60_000);
    assert_eq!(browser.open(), Vec::<usize>::new());

    let hidden = std::mem::take(&mut browser.tabs[0]);
    let (shown, effects) = step(hidden, Event::Visible, browser.now);
    assert!(shown.is_covered(browser.now) && effects.contains(&Effect::Tell(Peer::Asking)));
    browser.now += 100;
    let (shown, effects) = step(shown, Event::Timer, browser.now);
    let opening = shown.stream.opened;
    assert!(shown.is_covered(browser.now) && effects.contains(&Effect::OpenStream(opening)));

    let (answered, effects) = step(shown.clone(), Event::StreamOpened { stream: opening }, browser.now);
    assert!(!answered.is_covered(browser.now));
    assert!(effects.contains(&Effect::DevicesChanged), "what happened meanwhile is asked for");
    let closed = Event::StreamClosed { stream: opening, told: 0, jitter: 0 };
    assert!(!step(shown, closed, browser.now).0.is_covered(browser.now), "no answer is to be had");
}

#[test]
fn every_gap_is_made_up_for_and_none_twice() {
    let mut browser = Browser::with(1, Profile::Standard, true);
    let state = std::mem::take(&mut browser.tabs[0]);
    let stream = state.stream.opened;
    let (state, effects) = step(state, Event::StreamClosed { stream, told: 0, jitter: 0 }, 10_000);
    assert!(!effects.contains(&Effect::DevicesChanged));
    let at = state.deadline(10_000).expect("it is opened anew");
    assert!(at <= 11_000);
    let (state, effects) = step(state, Event::Timer, at);
    assert!(effects.contains(&Effect::OpenStream(stream + 1)));

    let (state, effects) = step(state, Event::StreamOpened { stream: stream + 1 }, at + 10);
    assert!(effects.contains(&Effect::DevicesChanged));
    assert!(effects.contains(&Effect::Tell(Peer::DevicesChanged { session: id(1) })));
    let (_, effects) = step(state, Event::StreamOpened { stream }, at + 20);
    assert_eq!(effects, [], "an older one says nothing");
}

#[test]
fn the_networks_return_a_look_and_any_answer_open_a_stream_at_once() {
    let mut state = Browser::with(1, Profile::Standard, true).tabs.remove(0);
    let mut now = 0;
    for _ in 0..7 {
        let stream = state.stream.opened;
        state = step(state, Event::StreamClosed { stream, told: 0, jitter: 999 }, now).0;
        now = state.stream_at(now).unwrap_or(now);
        state = step(state, Event::Timer, now).0;
    }
    let stream = state.stream.opened;
    let (state, _) = step(state, Event::StreamClosed { stream, told: 0, jitter: 999 }, now);
    assert!(state.stream_at(now).is_some_and(|at| at > now + 30_000));
    for event in [Event::Online { sign_out_pending: None }, Event::Visible, Event::Answered] {
        let (_, effects) = step(state.clone(), event.clone(), now + 5_000);
        assert!(effects.contains(&Effect::OpenStream(stream + 1)), "{event:?}");
    }
}

#[test]
fn a_silent_stream_and_one_that_does_not_open_are_given_up() {
    let mut browser = Browser::with(1, Profile::Standard, true);
    let state = browser.tabs.remove(0);
    let (state, effects) = step(state, Event::Timer, 41_000);
    assert!(effects.contains(&Effect::CloseStream));
    let now = state.stream_at(41_000).expect("it is opened anew");
    let (state, effects) = step(state, Event::Timer, now);
    assert!(effects.contains(&Effect::OpenStream(2)));
    let (_, effects) = step(state, Event::Timer, now + 8_000);
    assert!(effects.contains(&Effect::CloseStream));
}

#[test]
fn sleep_makes_every_stream_a_dead_one_and_covers_the_page() {
    let state = Browser::with(1, Profile::Standard, true).tabs.remove(0);
    let (state, effects) = step(state, Event::Slept, 7_200_000);
    assert!(effects.contains(&Effect::CloseStream) && state.is_covered(7_200_000));
    // No token lives any more: one is asked for, and the stream follows it.
    assert_eq!(asks(&effects), 1);
    let (state, effects) = step(state, refreshed(id(1)), 7_200_100);
    assert!(effects.contains(&Effect::OpenStream(2)) && !state.is_covered(7_200_100));
}

#[test]
fn under_banking_a_sleep_past_the_idle_limit_covers_the_page_and_only_the_server_ends_the_session() {
    let state = Browser::with(1, Profile::Banking, true).tabs.remove(0);
    let idle = Some(Idle::begin(60_000, 0));
    let now = 20 * 60_000;
    let (state, effects) = step(State { idle, ..state }, Event::Slept, now);
    assert!(state.is_covered(now) && !effects.iter().any(|effect| matches!(effect, Effect::SendSignOut(_))));
    let (state, _) = step(state, Event::Tick, now + 1_000);
    assert!(state.waits_for_password(now + 1_000) && state.session().is_some());

    let over = Event::SessionEnded { session: id(1), ended: ended(EndReason::Idle) };
    assert_eq!(step(state.clone(), over, now + 2_000).0.session(), None);
    // A clock that was set forward looks the same: the password goes on with the session.
    let (state, _) = step(state, refreshed(id(1)), now + 30_000);
    assert!(state.session().is_some() && !state.is_covered(now + 30_000));
}

#[test]
fn a_prerendered_page_that_is_shown_is_covered_until_the_first_answer() {
    let event = Event::Boot(Boot {
        drawn_for: Some(id(1)),
        hint: Some(id(1)),
        idle_limit: IDLE,
        listens: true,
        was_prerendered: true,
        ..page()
    });
    let (state, effects) = step(State::new(), event, 90_000);
    assert!(state.is_covered(90_000));
    assert_eq!(asks(&effects), 1, "it asks at once");
}
