//! What a browser hears while it listens on `GET /api/events`.

use std::time::{Duration, Instant};

use super::support::{PASSWORD, TestApp, until};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn outlived_stream() {
    let app = TestApp::start();
    let lost = app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    let mut stream = lost.listen().await;

    kept.post("/api/devices/revoke_others", &[]).await;
    let revoked = Instant::now();

    let data = stream.first("session_ended", SOON).await.expect("an event");
    assert_eq!(data["reason"], "revoked");
    assert_eq!(data["by"], kept.devices().await[0]["name"]);
    // It is the last: the stream is cut.
    assert_eq!(stream.next(SOON).await, None);
    assert!(revoked.elapsed() < Duration::from_secs(1), "{:?}", revoked.elapsed());
}

#[tokio::test]
async fn a_stream_survives_the_rotation_of_its_token() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut stream = browser.listen().await;

    for _ in 0..3 {
        assert_eq!(browser.refresh().await.status, 200);
    }
    app.signed_in("ann@example.org").await;

    assert_eq!(stream.next(SOON).await.expect("an event").0, "devices_changed");
}

#[tokio::test]
async fn a_new_a_renamed_and_a_revoked_device_are_heard_by_the_others() {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;
    let mut bob = app.signed_up("bob@example.org").await;
    let mut stream = browser.listen().await;
    let mut bobs = bob.listen().await;

    let mut other = app.signed_in("ann@example.org").await;
    assert_eq!(stream.next(SOON).await.expect("an event").0, "devices_changed");
    let id = other.devices().await[0]["id"].as_str().expect("an id").to_owned();
    other.post("/api/devices/rename", &[("id", &id), ("name", "Kitchen")]).await;
    assert_eq!(stream.next(SOON).await.expect("an event").0, "devices_changed");
    other.sign_out().await;
    assert_eq!(stream.next(SOON).await.expect("an event").0, "devices_changed");

    // Nobody hears of anybody else's.
    bob.sign_out().await;
    assert_eq!(bobs.next(SOON).await.expect("an event").0, "session_ended");
}

#[tokio::test]
async fn a_changed_role_is_heard_and_signs_nobody_out() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut stream = browser.listen().await;

    assert!(app.command(&["user", "grant", "ann@example.org", "admin"]).status.success());

    let (name, data) = stream.next(SOON).await.expect("an event");
    assert_eq!((name.as_str(), &data["roles"]), ("roles_changed", &serde_json::json!(["admin"])));
    assert_eq!(browser.who_am_i().await.failure(), (401, "token_stale"));
    assert_eq!(browser.refresh().await.body["user"]["roles"], serde_json::json!(["admin"]));
    assert_eq!(browser.who_am_i().await.status, 200);

    assert!(app.command(&["user", "revoke-role", "ann@example.org", "admin"]).status.success());
    assert_eq!(stream.next(SOON).await.expect("an event").1["roles"], serde_json::json!([]));
}

#[tokio::test]
async fn a_limit_ends_a_stream_although_nobody_acts() {
    let app = TestApp::with(&[("SESSION__IDLE_TIMEOUT", "2s"), ("SESSION__SHARED_IDLE_TIMEOUT", "2s")]);
    let browser = app.signed_up("ann@example.org").await;
    let mut stream = browser.listen().await;

    let (name, data) = stream.next(SOON).await.expect("an event");

    assert_eq!((name.as_str(), &data["reason"]), ("session_ended", &"idle".into()));
}

#[tokio::test]
async fn background_is_activity() {
    let app = TestApp::with(&[("SESSION__IDLE_TIMEOUT", "2s"), ("SESSION__SHARED_IDLE_TIMEOUT", "2s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let mut stream = browser.listen().await;

    // A page that asks by itself, and says so, keeps nothing alive.
    let ended = loop {
        let request = browser.request(reqwest::Method::GET, "/api/devices").header("tabkey-background", "?1");
        browser.send(request).await;
        if let Some(event) = stream.next(Duration::from_millis(100)).await {
            break event;
        }
    };

    assert_eq!((ended.0.as_str(), &ended.1["reason"]), ("session_ended", &"idle".into()));
}

#[tokio::test]
async fn a_stream_needs_a_bearer_token_of_a_live_session_and_our_own_site() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let token = browser.token.take();

    assert_eq!(browser.get("/api/events").await.failure(), (401, "token_missing"));
    assert_eq!(browser.post("/api/events", &[]).await.failure(), (405, "method_not_allowed"));
    browser.token = token;
    let foreign = browser.request(reqwest::Method::GET, "/api/events").header("sec-fetch-site", "cross-site");
    assert_eq!(browser.send(foreign).await.failure(), (403, "cross_site"));
    let ended = browser.clone();
    browser.sign_out().await;
    assert_eq!(ended.clone().get("/api/events").await.body["reason"], "signed_out");
}

#[tokio::test]
async fn a_stream_is_in_no_cache_and_in_no_proxys_buffer() {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;

    let stream = browser.listen().await;

    assert_eq!(stream.header("content-type"), "text/event-stream; charset=utf-8");
    assert_eq!(stream.header("cache-control"), "no-store");
    assert_eq!(stream.header("x-accel-buffering"), "no");
}

#[tokio::test]
async fn a_node_that_stops_ends_its_streams_and_is_not_held_up_by_them() {
    let mut app = TestApp::with(&[("SERVER__SHUTDOWN_GRACE", "30s")]);
    let browser = app.signed_up("ann@example.org").await;
    let mut stream = browser.listen().await;
    let began = Instant::now();

    app.signal("-TERM");

    assert_eq!(stream.next(SOON).await, None);
    assert!(app.wait());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn blocked_people_go_dark_and_come_in_only_when_they_are_unblocked() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut stream = browser.listen().await;

    assert!(app.command(&["user", "block", "ann@example.org"]).status.success());

    assert_eq!(stream.next(SOON).await.expect("an event").1["reason"], "blocked");
    assert_eq!(browser.who_am_i().await.body["reason"], "blocked");
    assert_eq!(browser.sign_in("ann@example.org", PASSWORD).await.body["reason"], "blocked");
    assert_eq!(
        browser.sign_in("ann@example.org", "not the password at all").await.failure(),
        (401, "wrong_credentials")
    );
    assert!(app.command(&["user", "unblock", "ann@example.org"]).status.success());
    assert_eq!(browser.sign_in("ann@example.org", PASSWORD).await.status, 200);
}

/// `STREAMS` says how many.
#[tokio::test]
async fn however_many_streams_are_open_their_memory_is_bounded_and_their_handles_come_back() {
    let count: usize = std::env::var("STREAMS").map_or(300, |count| count.parse().expect("a number"));
    let app = TestApp::with(&[
        ("LIMITS__ENABLED", "false"),
        ("PASSWORDS__ARGON2_MEMORY_KIB", "64"),
        ("PASSWORDS__ARGON2_ITERATIONS", "1"),
    ]);
    let (each_session, each_person) = (16, 128);
    let mut sessions = Vec::new();
    for person in 0..count.div_ceil(each_person) {
        let email = format!("ann{person}@example.org");
        sessions.push(app.signed_up(&email).await);
        for _ in 1..each_person / each_session {
            sessions.push(app.signed_in(&email).await);
        }
    }
    let (memory, handles) = (app.resident(), app.handles());

    let mut open = Vec::new();
    for n in 0..count {
        open.push(sessions[n / each_session].listen().await);
    }

    // Of a debug build, and with what a connection needs.
    let (each, beside) = (64, 16 * 1_024);
    let most = memory + each * u64::try_from(count).expect("it fits") + beside;
    let now = app.resident();
    println!("{count} streams: {memory} kB became {now} kB, {most} kB allowed");
    assert!(now <= most, "{memory} kB became {now} kB, more than {most} kB");
    assert!(app.handles() >= count, "each is a connection");
    drop(open);
    let left = until(async || app.handles(), |left| *left <= handles + 16).await;
    assert!(left <= handles + 16, "{handles} handles became {left}");
}
