//! Listening to the server: one stream for all tabs of a browser, opened by whichever holds the lock. What it hears it tells
//! the others. Runs in: the browser.

use std::cell::RefCell;

use futures_channel::oneshot;
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use http::Method;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use wasm_streams::ReadableStream;

use super::{
    client, clock,
    held::lock_name,
    lock::{self, EVENTS},
    machine::{Event, Millis},
    request::{Body, Recorded},
    tab::{dispatch, with},
};
use crate::shared::Ended;

/// Milliseconds that a page has before it listens: one that is reloaded at once asks for no token.
const SETTLE: u32 = 1_500;
/// A stream that says nothing for so long is dead: the server speaks every 15 s.
const SILENCE: u32 = 40_000;
/// A tab that holds the lock and lets nothing be heard for so long is frozen.
const DEAF: u32 = 25_000;
/// The first and the longest pause before a stream is opened anew.
const FIRST: u32 = 500;
const LONGEST: u32 = 60_000;

thread_local! {
    /// Dropped to stop listening.
    static LISTENING: RefCell<Option<oneshot::Sender<()>>> = const { RefCell::new(None) };
}

/// Listens until [`stop`], whichever tab has the stream; a second call changes nothing.
pub(super) fn start() {
    if with(|tab| tab.calls.events).flatten().is_none() {
        return;
    }
    let (stop, stopped) = oneshot::channel();
    let is_new = LISTENING.with_borrow_mut(|listening| match listening {
        Some(_) => false,
        None => {
            *listening = Some(stop);
            true
        }
    });
    if is_new {
        // What is dropped here closes the stream and gives back the lock.
        spawn_local(async move { drop(select(Box::pin(listen()), stopped).await) });
    }
}

pub(super) fn stop() {
    drop(LISTENING.take());
}

async fn listen() {
    TimeoutFuture::new(SETTLE).await;
    let mut pause = FIRST;
    let mut is_first = true;
    loop {
        let (held, is_held) = lock::acquire(&lock_name(EVENTS), DEAF).await;
        if !is_held && is_heard_elsewhere() {
            continue;
        }
        // Without the lock, only while somebody looks: its holder is frozen, or there are no locks (plain http).
        if is_held || with(|tab| tab.state.visible) == Some(true) {
            while follow(is_first).await {
                pause = FIRST;
                is_first = false;
            }
        }
        drop(held);
        // Full jitter, so that the tabs of a restarted node do not come all at once.
        TimeoutFuture::new(pause / 4 + u32::from(clock::jitter()) * pause / 1_000).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// Whether another tab has told of the stream of late.
fn is_heard_elsewhere() -> bool {
    let heard_at = with(|tab| tab.stream_heard_at).flatten();
    heard_at.is_some_and(|at| clock::now().saturating_sub(at) < Millis::from(DEAF))
}

/// One stream from its opening to its end; false where none came to be.
async fn follow(is_first: bool) -> bool {
    let Some(path) = with(|tab| tab.calls.events).flatten() else { return false };
    let request = Recorded {
        path: path.into(),
        method: Method::GET,
        content_type: None,
        accept: Some("text/event-stream".into()),
        body: Body::None,
    };
    let Ok(response) = client::fetch(request).await else { return false };
    let Some(body) = response.body().filter(|_| response.ok()) else { return false };
    // Between the drawing of the page and now, nobody told of a change. Once: what a page asks by itself, again and again,
    // must not look like use.
    if is_first {
        dispatch(Event::DevicesChanged);
    }
    let mut chunks = ReadableStream::from_raw(body).into_stream();
    let mut unread = String::new();
    while let Either::Left((Some(Ok(chunk)), _)) = select(chunks.next(), TimeoutFuture::new(SILENCE)).await {
        let bytes = chunk.unchecked_into::<Uint8Array>().to_vec();
        // Ids and names are text of one line: what a chunk cuts in two is ASCII, or replaced in a name.
        unread.push_str(&String::from_utf8_lossy(&bytes));
        with(|tab| tab.tell_of_stream());
        while let Some((message, rest)) = unread.split_once("\n\n") {
            let message = message.to_owned();
            unread = rest.to_owned();
            hear(&message);
        }
    }
    true
}

fn hear(message: &str) {
    let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
    match (field("event: "), field("data: ")) {
        (Some("session_ended"), Some(data)) => {
            if let Ok(ended) = serde_json::from_str::<Ended>(data) {
                dispatch(Event::SessionEnded(ended));
            }
        }
        (Some("devices_changed"), _) => dispatch(Event::DevicesChanged),
        (Some("roles_changed"), _) => dispatch(Event::RolesChanged),
        _ => {}
    }
}
