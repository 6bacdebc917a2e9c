//! The browser half in a real browser: the interceptor, the recorded request, the shared refresh. The server is a script
//! of replies here; the real one is met in `end2end`.

mod stalled;

use std::cell::{Cell, RefCell};

use futures_util::future::join_all;
use http::Method;
use leptos::prelude::*;
use tabkey::browser::{
    Calls, client,
    request::{Body, FormKind, Recorded},
    session::{Session, Status, provide_session},
    start,
};
use tabkey_core::{AccessToken, EndReason, Ended, Error, Grant, SessionTimes, User, machine::Peer};
use uuid::Uuid;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
let calls = [];
export function answer_with(script) {
    calls = [];
    const replies = JSON.parse(script);
    window.fetch = async (input, init) => {
        const request = new Request(input, init);
        const { signal } = request;
        calls.push({
            get aborted() { return signal.aborted; },
            path: new URL(request.url).pathname,
            token: request.headers.get('authorization'),
            type: (request.headers.get('content-type') ?? '').split(';')[0],
            body: await request.clone().text(),
        });
        const [status, body, headers] = replies.length > 1 ? replies.shift() : replies[0];
        if (status === 0) {
            return new Promise((_, failed) => signal.addEventListener('abort', () => failed(signal.reason)));
        }
        return new Response(JSON.stringify(body), { status, headers });
    };
}
let release = () => undefined;
export function hold_the_lock() {
    navigator.locks.request('tabkey-refresh', () => new Promise((done) => { release = done; }));
}
export function refuse_locks() {
    navigator.locks.request = async () => { throw new DOMException('site data is blocked', 'SecurityError'); };
}
// What would run in ten seconds or later runs at once, or, where it is told so, never.
export function hurry(later) {
    const real = window.setTimeout;
    window.setTimeout = (run, after) => (after < 2_000 || later ? real(run, after < 2_000 ? after : 0) : 0);
    return () => { window.setTimeout = real; };
}
export function let_go() { release(); }
export function made() { return JSON.stringify(calls); }
"#)]
extern "C" {
    fn answer_with(script: &str);
    fn made() -> String;
    fn hold_the_lock();
    fn refuse_locks();
    fn hurry(later: bool) -> js_sys::Function;
    fn let_go();
}

thread_local! {
    static REFRESHES: Cell<u32> = const { Cell::new(0) };
    /// How many were begun, and how many milliseconds the next one takes.
    static BEGUN: Cell<u32> = const { Cell::new(0) };
    static DELAY: Cell<u32> = const { Cell::new(20) };
    static OUTCOME: RefCell<Option<Error>> = const { RefCell::new(None) };
}

const SESSION: Uuid = Uuid::from_u128(7);
/// In the words of whoever wrote the call; the header is ours.
const EXPIRED: &str = r#"[401, {"sorry": "another time"}, {"tabkey-refused": "token_expired"}]"#;
const FINE: &str = r#"[200, {"done": true}]"#;

fn grant(token: &str, expires_in: u32) -> Grant {
    Grant {
        access_token: AccessToken::new(token.into()),
        refresh_token: None,
        token_type: "Bearer".into(),
        expires_in,
        server_time: 1_000,
        session: SessionTimes { id: SESSION, expires_at: 1_000_000, idle_expires_at: 1_000_000 },
        user: User { id: Uuid::nil(), email: "ann@example.org".into(), display_name: "Ann".into(), roles: Vec::new() },
    }
}

/// A tab that has just signed in with a token of this life in seconds; each refresh brings `token-<n>`.
async fn signed_in(life: u32, replies: &str) -> (Owner, Session) {
    // The second test of a page finds it there already.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    REFRESHES.set(0);
    BEGUN.set(0);
    DELAY.set(20);
    OUTCOME.set(None);
    answer_with(replies);
    start(Calls {
        refresh: |_| {
            Box::pin(async {
                BEGUN.set(BEGUN.get() + 1);
                gloo_timers::future::TimeoutFuture::new(DELAY.get()).await;
                REFRESHES.set(REFRESHES.get() + 1);
                match OUTCOME.with_borrow(Clone::clone) {
                    Some(error) => Err(error),
                    None => Ok(grant(&format!("token-{}", REFRESHES.get()), 300)),
                }
            })
        },
        report_use: || Box::pin(async { Ok(()) }),
        events: None,
        sign_out: "/api/sign_out",
    });
    let owner = Owner::new();
    let session = owner.with(provide_session);
    // The tab begins in an effect, which runs when the page has been drawn.
    gloo_timers::future::TimeoutFuture::new(0).await;
    session.granted(grant("token-0", life));
    (owner, session)
}

fn request(body: Body, content_type: Option<&str>) -> Recorded {
    Recorded {
        path: "/api/anything".into(),
        method: if matches!(body, Body::None) { Method::GET } else { Method::POST },
        content_type: content_type.map(Into::into),
        accept: None,
        body,
    }
}

fn calls() -> Vec<serde_json::Value> {
    serde_json::from_str(&made()).expect("the script writes JSON")
}

#[wasm_bindgen_test]
async fn the_token_is_attached() {
    let (_owner, session) = signed_in(300, &format!("[{FINE}]")).await;

    let response = client::fetch(request(Body::None, None)).await.expect("an answer");

    assert_eq!(response.status(), 200);
    assert_eq!(calls()[0]["token"], "Bearer token-0");
    assert_eq!((REFRESHES.get(), session.status()), (0, Status::SignedIn));
}

#[wasm_bindgen_test]
async fn wake_no_token_about_to_die_leaves_the_tab() {
    let (_owner, _session) = signed_in(0, &format!("[{FINE}]")).await;

    client::fetch(request(Body::None, None)).await.expect("an answer");

    assert_eq!(calls().len(), 1);
    assert_eq!(calls()[0]["token"], "Bearer token-1");
}

#[wasm_bindgen_test]
async fn twenty_requests_share_one_refresh() {
    let (_owner, _session) = signed_in(0, &format!("[{FINE}]")).await;

    let answers = join_all((0..20).map(|_| client::fetch(request(Body::None, None)))).await;

    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(REFRESHES.get(), 1);
    assert!(calls().iter().all(|call| call["token"] == "Bearer token-1"));
}

#[wasm_bindgen_test]
async fn a_refusal_that_is_not_ours_is_the_callers_whatever_its_body_says() {
    let (_owner, session) = signed_in(300, r#"[[401, {"code": "session_ended", "reason": "revoked", "at": 7}]]"#).await;

    let response = client::fetch(request(Body::None, None)).await.expect("an answer");

    assert_eq!((response.status(), calls().len(), REFRESHES.get()), (401, 1, 0));
    assert_eq!(session.status(), Status::SignedIn);
}

#[wasm_bindgen_test]
async fn an_ending_is_heard_by_its_header() {
    let ended = r#"{"tabkey-refused": "session_ended", "tabkey-ended": "{\"reason\":\"revoked\",\"at\":7}"}"#;
    let (_owner, session) = signed_in(300, &format!("[[401, {{}}, {ended}]]")).await;

    client::fetch(request(Body::None, None)).await.expect("an answer");

    let ended = Ended { reason: EndReason::Revoked, at: 7, by: None };
    assert_eq!(session.status(), Status::SignedOut(Some(ended)));
}

#[wasm_bindgen_test]
async fn endless_401() {
    let (_owner, session) = signed_in(300, &format!("[{EXPIRED}]")).await;

    let response = client::fetch(request(Body::None, None)).await.expect("the second answer goes to the caller");

    assert_eq!(response.status(), 401);
    assert_eq!((calls().len(), REFRESHES.get()), (2, 1));
    assert_eq!(session.status(), Status::SignedIn);
}

#[wasm_bindgen_test]
async fn lost_body() {
    let form = || {
        let form = web_sys::FormData::new().expect("a form");
        form.append_with_str("name", "two words & more").expect("a field");
        send_wrapper::SendWrapper::new(form)
    };
    let rows = [
        (Body::Text(r#"{"a":1}"#.into()), Some("application/json"), "application/json"),
        (Body::Text("a=1&b=2".into()), Some("application/x-www-form-urlencoded"), "application/x-www-form-urlencoded"),
        (
            Body::Bytes(bytes::Bytes::from_static(b"bytes")),
            Some("application/octet-stream"),
            "application/octet-stream",
        ),
        (
            Body::Form(form(), FormKind::UrlEncoded),
            Some("application/x-www-form-urlencoded"),
            "application/x-www-form-urlencoded",
        ),
        (Body::Form(form(), FormKind::Multipart), None, "multipart/form-data"),
    ];
    for (body, content_type, expected) in rows {
        let (_owner, _session) = signed_in(300, &format!("[{EXPIRED}, {FINE}]")).await;

        let response = client::fetch(request(body, content_type)).await.expect("an answer");

        assert_eq!(response.status(), 200);
        let calls = calls();
        assert_eq!((&calls[0]["token"], &calls[1]["token"]), (&"Bearer token-0".into(), &"Bearer token-1".into()));
        for call in &calls {
            assert_eq!(call["type"], expected);
            assert!(!call["body"].as_str().expect("text").is_empty());
        }
    }
}

#[wasm_bindgen_test]
async fn five_xx_is_not_sign_out() {
    let (_owner, session) = signed_in(0, &format!("[{FINE}]")).await;
    OUTCOME.set(Some(Error::busy()));

    let outcome = client::fetch(request(Body::None, None)).await;

    assert_eq!(outcome.err(), Some(Error::busy()));
    assert_eq!((session.status(), session.degraded()), (Status::SignedIn, true));
    assert!(calls().is_empty(), "a dead token is not sent");
}

#[wasm_bindgen_test]
async fn navigate_during_refresh() {
    let (_owner, session) = signed_in(0, &format!("[{FINE}]")).await;
    {
        let mut leaving = Box::pin(client::fetch(request(Body::None, None)));
        // Polled once, so that the refresh is under way; then the page is left.
        assert!(futures_util::future::poll_immediate(&mut leaving).await.is_none());
    }

    client::fetch(request(Body::None, None)).await.expect("an answer");

    assert_eq!(REFRESHES.get(), 1, "the refresh went on without its caller");
    assert_eq!(session.status(), Status::SignedIn);
}

#[wasm_bindgen_test]
async fn a_refresh_that_two_rotations_overtook_is_aborted_and_made_anew() {
    let (_owner, session) = signed_in(0, &format!("[{FINE}]")).await;
    DELAY.set(60_000);
    let mut waiting = Box::pin(client::fetch(request(Body::None, None)));
    while BEGUN.get() == 0 {
        assert!(futures_util::future::poll_immediate(&mut waiting).await.is_none());
        gloo_timers::future::TimeoutFuture::new(0).await;
    }
    DELAY.set(0);

    let other_tab = web_sys::BroadcastChannel::new("tabkey").expect("a channel");
    for generation in [5, 6] {
        let told = serde_json::to_string(&Peer::Refreshed { session: SESSION, generation }).expect("JSON");
        other_tab.post_message(&told.into()).expect("it is sent");
    }
    waiting.await.expect("an answer");

    assert_eq!((BEGUN.get(), REFRESHES.get()), (2, 1), "the first one brought nothing");
    assert_eq!(session.status(), Status::SignedIn);
}

#[wasm_bindgen_test]
async fn resurrected_logout() {
    let (_owner, session) = signed_in(0, "[[200, {}]]").await;
    let mut waiting = Box::pin(client::fetch(request(Body::None, None)));
    assert!(futures_util::future::poll_immediate(&mut waiting).await.is_none());

    session.sign_out();
    let outcome = waiting.await;

    assert!(outcome.is_err());
    assert!(matches!(session.status(), Status::SignedOut(None)));
    assert!(calls().iter().all(|call| call["path"] == "/api/sign_out" && call["token"].is_null()));
}

#[wasm_bindgen_test]
async fn a_token_goes_to_no_other_site() {
    let (_owner, _session) = signed_in(300, &format!("[{FINE}]")).await;
    for path in ["https://evil.example/", "//evil.example/", "/\\evil.example/", "api"] {
        let mut request = request(Body::None, None);
        request.path = path.into();

        assert_eq!(client::fetch(request).await.err(), Some(Error::CrossSite), "{path}");
    }
    assert!(calls().is_empty());
}

#[wasm_bindgen_test]
async fn r39_nothing_secret_is_stored_and_the_trace_holds_no_token() {
    let (_owner, session) = signed_in(0, &format!("[{FINE}]")).await;
    client::fetch(request(Body::None, None)).await.expect("an answer");

    let window = web_sys::window().expect("a window");
    for storage in [window.local_storage(), window.session_storage()] {
        let storage = storage.ok().flatten().expect("storage");
        for at in 0..storage.length().expect("a length") {
            let key = storage.key(at).expect("readable").expect("a key");
            let value = storage.get_item(&key).expect("readable").unwrap_or_default();
            assert!(!value.contains("token-"), "{key}");
        }
    }
    let trace = session.trace();
    assert!(!trace.is_empty() && trace.iter().all(|line| !line.contains("token-")));
}

#[wasm_bindgen_test]
async fn steal_cascade() {
    let (_owner, session) = signed_in(0, &format!("[{FINE}]")).await;
    hold_the_lock();

    let answers = join_all((0..5).map(|_| client::fetch(request(Body::None, None)))).await;
    let_go();
    gloo_timers::future::TimeoutFuture::new(100).await;

    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(REFRESHES.get(), 1, "going ahead without the lock, and being handed it later, is one refresh");
    assert_eq!(session.status(), Status::SignedIn);
}

#[wasm_bindgen_test]
async fn re_entrancy() {
    let (owner, session) = signed_in(0, &format!("[{FINE}]")).await;
    thread_local!(static INNER: Cell<u32> = const { Cell::new(0) });
    INNER.set(0);
    // A subscriber that calls the API as soon as it hears of the session.
    owner.with(|| {
        Effect::new(move |_| {
            session.user();
            wasm_bindgen_futures::spawn_local(async {
                if client::fetch(request(Body::None, None)).await.is_ok() {
                    INNER.set(INNER.get() + 1);
                }
            });
        })
    });

    client::fetch(request(Body::None, None)).await.expect("an answer");
    gloo_timers::future::TimeoutFuture::new(100).await;

    assert!(INNER.get() >= 1);
    assert_eq!(REFRESHES.get(), 1);
}
