//! What the server says by itself, and what the other tabs say of it. Runs in: both, in tests.

use super::*;

#[test]
fn outlived_stream_an_ending_that_is_heard_signs_out_and_is_told() {
    let why = ended(EndReason::Revoked);

    let (state, effects) = step(signed_in(), Event::SessionEnded { session: id(1), ended: why.clone() }, 1);

    assert_eq!((state.phase, state.token), (Phase::SignedOut(Some(why.clone())), None));
    for effect in [
        Effect::DropToken,
        Effect::KeepReason(Some(why.clone())),
        Effect::Tell(Peer::SignedOut { session: id(1), ended: Some(why) }),
    ] {
        assert!(effects.contains(&effect), "{effect:?}");
    }
}

#[test]
fn changed_roles_bring_a_new_token_where_somebody_looks_and_sign_nobody_out() {
    let (state, effects) = step(signed_in(), Event::RolesChanged { session: id(1) }, 1);
    assert_eq!((state.session(), state.usable_token(1), asks(&effects)), (Some(id(1)), None, 1));
    assert!(effects.contains(&Effect::Tell(Peer::RolesChanged { session: id(1) })));

    let (hidden, _) = step(signed_in(), Event::Hidden, 1);
    let (hidden, effects) = step(hidden, Event::Peer(Peer::RolesChanged { session: id(1) }), 2);
    assert_eq!((hidden.usable_token(2), asks(&effects)), (None, 0));
    let (_, effects) = step(hidden, Event::Wanted, 3);
    assert_eq!(asks(&effects), 1);
}

#[test]
fn a_changed_list_of_devices_is_shown_in_every_tab_of_the_session_alone() {
    let (_, effects) = step(signed_in(), Event::DevicesChanged { session: id(1) }, 1);
    assert_eq!(acts(effects), [Effect::DevicesChanged, Effect::Tell(Peer::DevicesChanged { session: id(1) })]);

    let (_, effects) = step(signed_in(), Event::Peer(Peer::DevicesChanged { session: id(1) }), 1);
    assert_eq!(acts(effects), [Effect::DevicesChanged]);
    let (_, effects) = step(signed_in(), Event::Peer(Peer::DevicesChanged { session: id(2) }), 1);
    assert_eq!(acts(effects), []);
}

#[test]
fn a_late_refresh_of_somebody_who_signed_in_since_ends_nobodys_session() {
    let (asking, _) = step(signed_in(), Event::Timer, LIFE * 8 / 10);
    let (state, _) = step(asking, Event::SignOut, LIFE * 8 / 10);

    let (_, effects) = step(state, refreshed(id(2)), LIFE * 8 / 10);

    assert_eq!(acts(effects), [Effect::DropToken, Effect::Reload]);
}
