//! The drawing of the machine in docs/PROTOCOL.md, made from `step` and held equal to it. Runs in: both, in tests.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::*;

const BEGIN: &str = "```mermaid\nstateDiagram-v2\n";
const END: &str = "```\n";
/// Every event twice over from every state that differs: far more than it takes to see each arrow.
const DEPTH: usize = 5;

/// What can happen, in the words of the drawing.
fn events() -> Vec<(&'static str, Event)> {
    let signed_in =
        |session| Event::SignedIn { session, life: LIFE, left: LEFT, idle_left: IDLE, kept: true, jitter: 0 };
    let failed = |error| Event::RefreshFailed { error, jitter: 0 };
    let refused = |why| Event::Refused { session: id(1), serial: 1, why };
    let over = || ended(EndReason::Revoked);
    vec![
        ("sign-in", signed_in(id(1))),
        ("sign-in", signed_in(id(2))),
        ("grant", refreshed(id(1))),
        ("grant of another session", refreshed(id(2))),
        ("definite refusal", failed(Error::SessionEnded(over()))),
        ("no definite answer", failed(Error::Offline)),
        ("a request needs a token", Event::Wanted),
        ("401: a new token may do", refused(Refused::NeedsNewToken)),
        ("401: session ended", refused(Refused::Ended(over()))),
        ("timer", Event::Timer),
        ("idle limit", Event::Tick),
        ("shown again", Event::Visible),
        ("online", Event::Online { sign_out_pending: None }),
        ("back from the cache, another jar", Event::Restored { hint: Some(id(3)) }),
        ("heard: signed out", Event::Peer(Peer::SignedOut { session: id(1), ended: None })),
        ("heard: another session", Event::Peer(Peer::SignedIn { session: id(3) })),
        ("stream: session ended", Event::SessionEnded { session: id(1), ended: over() }),
        ("stream: other roles", Event::RolesChanged { session: id(1) }),
        ("sign-out", Event::SignOut),
    ]
}

fn beginnings() -> Vec<(&'static str, Event)> {
    vec![
        ("drawn for a person", begins(Some(id(1)), Some(id(1)), None)),
        ("drawn for nobody, the jar names one", begins(None, Some(id(1)), None)),
        ("drawn for nobody", begins(None, None, None)),
        ("a sign-out is still to be told", begins(None, Some(id(1)), Some(id(1)))),
    ]
}

fn place(state: &State) -> &'static str {
    match (&state.phase, state.refresh) {
        (Phase::Unknown, Refresh::Idle) => "[*]",
        (Phase::Unknown, Refresh::Asking { .. }) => "Unknown_Asking",
        (Phase::Unknown, Refresh::Waiting { .. }) => "Unknown_Waiting",
        (Phase::SignedIn { .. }, Refresh::Idle) => "SignedIn",
        (Phase::SignedIn { .. }, Refresh::Asking { .. }) => "SignedIn_Asking",
        (Phase::SignedIn { .. }, Refresh::Waiting { .. }) => "SignedIn_Waiting",
        (Phase::SignedOut(_), Refresh::Asking { .. }) => "SignedOut_Asking",
        (Phase::SignedOut(_), _) => "SignedOut",
    }
}

/// The arrows between places, each with what leads along it.
fn arrows() -> BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>> {
    let mut arrows: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let (mut seen, mut edge) = (HashSet::new(), vec![State::new()]);
    for depth in 0..DEPTH {
        let happening = if depth == 0 { beginnings() } else { events() };
        for state in std::mem::take(&mut edge) {
            for (name, event) in &happening {
                // What a refresh brings comes only while one is under way.
                let answers = matches!(event, Event::Refreshed { .. } | Event::RefreshFailed { .. });
                if answers && !state.is_asking() {
                    continue;
                }
                let is_out = matches!(state.phase, Phase::SignedOut(_));
                let is_ours = matches!(state.refresh, Refresh::Asking { page, .. } if page == state.session());
                let name = if answers && (is_out || !is_ours) { "a late answer" } else { name };
                for now in [LIFE / 2, LIFE * 9 / 10, 3 * IDLE] {
                    let (next, effects) = step(state.clone(), event.clone(), now);
                    let to = if effects.contains(&Effect::Reload) { "Reload" } else { place(&next) };
                    if to != place(&state) {
                        arrows.entry((place(&state), to)).or_default().insert(name);
                    }
                    if to != "Reload" && seen.insert(next.clone()) {
                        edge.push(next);
                    }
                }
            }
        }
    }
    arrows
}

fn drawing() -> String {
    let names = [
        ("Unknown_Asking", "Unknown, a refresh under way"),
        ("Unknown_Waiting", "Unknown, waiting for the next try"),
        ("SignedIn", "Signed in"),
        ("SignedIn_Asking", "Signed in, a refresh under way"),
        ("SignedIn_Waiting", "Signed in, waiting for the next try"),
        ("SignedOut", "Signed out"),
        ("SignedOut_Asking", "Signed out, a late refresh finds nobody"),
        ("Reload", "The page is drawn anew"),
    ];
    let named = names.iter().map(|(place, words)| format!("    {place}: {words}\n"));
    let drawn = arrows().into_iter().map(|((from, to), names)| {
        let names: Vec<&str> = names.into_iter().collect();
        format!("    {from} --> {to}: {}\n", names.join(" / "))
    });
    let lines: String = named.chain(drawn).collect();
    format!("{BEGIN}{lines}{END}")
}

/// `DRAW=1 cargo test -p tabkey-core --lib drawing` draws it anew.
#[test]
fn the_drawing_in_the_page_on_the_protocol_is_the_machine() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/PROTOCOL.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let begin = page.find(BEGIN).expect("the page has a drawing");
    let end = begin + page[begin..].find(END).expect("it has an end") + END.len();
    if std::env::var_os("DRAW").is_some() {
        let page = format!("{}{}{}", &page[..begin], drawing(), &page[end..]);
        std::fs::write(path, page).expect("it can be written");
        return;
    }
    assert_eq!(page[begin..end], drawing(), "docs/PROTOCOL.md draws another machine");
}
