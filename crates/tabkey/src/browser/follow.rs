//! A stream of the application's, for as long as the page that listens is there. Runs in: the browser.

use futures_util::{
    Stream, StreamExt,
    future::{AbortHandle, Abortable},
};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Milliseconds before a stream that ended is opened anew: at first, and at most.
const FIRST: u32 = 1_000;
const LONGEST: u32 = 60_000;

/// Opens a stream and calls `each` with what comes of it, from when the page has come to life until its owner is gone: then the
/// connection is given back, of which a browser has six for a site. Where it ends or can't be opened (a node restarts, the
/// network is away), it is opened anew, after a second and then ever more rarely. What happened in between is in no stream: let
/// `each` fetch, and not count. On the server it does nothing.
pub fn follow<S, T, E, F>(open: impl Fn() -> F + 'static, each: impl Fn(T) + 'static)
where
    S: Stream<Item = Result<T, E>> + 'static,
    T: 'static,
    E: 'static,
    F: Future<Output = Result<S, E>> + 'static,
{
    if cfg!(not(target_arch = "wasm32")) {
        return;
    }
    let (handle, registration) = AbortHandle::new_pair();
    on_cleanup(move || handle.abort());
    let (open, each) = (send_wrapper::SendWrapper::new(open), send_wrapper::SendWrapper::new(each));
    let once = StoredValue::new(Some((open, each, registration)));
    Effect::new(move |_| {
        let Some((open, each, registration)) = once.try_update_value(Option::take).flatten() else { return };
        let listening = async move {
            let mut wait = FIRST;
            loop {
                if let Ok(stream) = open().await {
                    let mut stream = std::pin::pin!(stream);
                    while let Some(Ok(said)) = stream.next().await {
                        wait = FIRST;
                        each(said);
                    }
                }
                TimeoutFuture::new(wait).await;
                wait = (wait * 2).min(LONGEST);
            }
        };
        spawn_local(async move {
            let _ = Abortable::new(listening, registration).await;
        });
    });
}
