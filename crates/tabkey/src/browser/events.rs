//! The event stream: opened and read when the machine wants it, and everything on it reported. Runs in: the browser.

use futures_channel::oneshot;
use futures_util::{StreamExt, future::select};
use http::Method;
use js_sys::Uint8Array;
use uuid::Uuid;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use wasm_streams::ReadableStream;

use super::{
    client, clock,
    machine::{Event, Millis},
    request::{Body, Recorded},
    tab::{post, with},
};
use tabkey_core::Ended;

/// Opens the stream of this number, for the session that the page belongs to.
pub(super) fn open(stream: u64) {
    let Some((Some(path), Some(session))) = with(|tab| (tab.calls.events, tab.state.session())) else { return };
    let (close, closed) = oneshot::channel();
    with(|tab| tab.stream = Some(close));
    spawn_local(async move {
        // What is dropped here aborts the call.
        let following = async {
            let told = follow(path, stream, session).await;
            post(Event::StreamClosed { stream, told, jitter: clock::jitter() });
        };
        drop(select(Box::pin(following), closed).await);
    });
}

pub(super) fn close() {
    drop(with(|tab| tab.stream.take()));
}

/// One stream from its opening to its end. Answers what the server said to wait, in milliseconds.
async fn follow(path: &str, stream: u64, session: Uuid) -> Millis {
    let request = Recorded {
        path: path.into(),
        method: Method::GET,
        content_type: None,
        accept: Some("text/event-stream".into()),
        body: Body::None,
    };
    let Ok(reply) = client::intercept(request).await else { return 0 };
    let Some(body) = reply.response().body().filter(|_| reply.response().ok()) else {
        return reply.retry_after().unwrap_or(0);
    };
    post(Event::StreamOpened { stream });
    let mut chunks = ReadableStream::from_raw(body).into_stream();
    let mut unread = String::new();
    while let Some(Ok(chunk)) = chunks.next().await {
        let bytes = chunk.unchecked_into::<Uint8Array>().to_vec();
        // Ids and names are text of one line: what a chunk cuts in two is ASCII, or replaced in a name.
        unread.push_str(&String::from_utf8_lossy(&bytes));
        post(Event::StreamSaid { stream });
        while let Some((message, rest)) = unread.split_once("\n\n") {
            let message = message.to_owned();
            unread = rest.to_owned();
            hear(&message, session);
        }
    }
    0
}

fn hear(message: &str, session: Uuid) {
    let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
    match (field("event: "), field("data: ")) {
        (Some("session_ended"), Some(data)) => {
            if let Ok(ended) = serde_json::from_str::<Ended>(data) {
                post(Event::SessionEnded { session, ended });
            }
        }
        (Some("devices_changed"), _) => post(Event::DevicesChanged { session }),
        (Some("roles_changed"), _) => post(Event::RolesChanged { session }),
        _ => {}
    }
}
