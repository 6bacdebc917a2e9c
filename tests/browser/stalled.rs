//! Calls that nobody answers, that nobody waits for, and that wait for nothing.

use futures_util::future::poll_immediate;
use wasm_bindgen::JsValue;

use super::*;

/// Until the test is over, timers run as `hurry` says.
struct Hurried(js_sys::Function);

impl Drop for Hurried {
    fn drop(&mut self) {
        let _ = self.0.call0(&JsValue::NULL);
    }
}

const NEVER: &str = "[[0]]";
const NOT_FRESH: &str = r#"[403, {}, {"tabkey-refused": "step_up_required"}]"#;

#[wasm_bindgen_test]
async fn a_call_that_stalls_is_given_up() {
    let (_owner, session) = signed_in(300, NEVER).await;
    let _hurried = Hurried(hurry(true));

    let outcome = client::fetch(request(Body::None, None)).await;

    assert_eq!(outcome.err(), Some(Error::Offline));
    assert_eq!(calls()[0]["aborted"], true, "it keeps no connection");
    assert_eq!(session.status(), Status::SignedIn);
}

#[wasm_bindgen_test]
async fn a_call_of_a_page_that_is_left_is_aborted() {
    let (_owner, _session) = signed_in(300, NEVER).await;
    let mut call = Box::pin(client::fetch(request(Body::None, None)));
    while calls().is_empty() {
        assert!(poll_immediate(&mut call).await.is_none());
        gloo_timers::future::TimeoutFuture::new(0).await;
    }
    assert_eq!(calls()[0]["aborted"], false);

    drop(call);

    assert_eq!(calls()[0]["aborted"], true);
}

#[wasm_bindgen_test]
async fn a_lock_that_is_refused_is_no_lock() {
    let (_owner, session) = signed_in(0, &format!("[{FINE}]")).await;
    refuse_locks();
    // Whoever waits for a lock until it is given up waits for ever here.
    let _hurried = Hurried(hurry(false));

    assert_eq!(session.in_turn(async { 7 }).await, 7);
    client::fetch(request(Body::None, None)).await.expect("an answer");

    assert_eq!(REFRESHES.get(), 1);
}

#[wasm_bindgen_test]
async fn a_proof_that_an_older_refresh_took_away_is_brought_back_by_the_next() {
    let (_owner, session) = signed_in(300, &format!("[{NOT_FRESH}, {NOT_FRESH}, {FINE}]")).await;
    session.answers_step_up();
    let mut call = Box::pin(client::fetch(request(Body::None, None)));
    while !session.wants_step_up() {
        assert!(poll_immediate(&mut call).await.is_none());
        gloo_timers::future::TimeoutFuture::new(0).await;
    }

    session.stepped_up(grant("token-proved", 300));
    let response = call.await.expect("an answer");

    let tokens: Vec<_> = calls().iter().map(|call| call["token"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(response.status(), 200);
    assert_eq!(tokens, ["Bearer token-0", "Bearer token-proved", "Bearer token-1"]);
}
