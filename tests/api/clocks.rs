//! Clocks that are wrong: nobody is signed out, nothing that ended is accepted.

use std::time::{SystemTime, UNIX_EPOCH};

use futures::future::join_all;

use super::support::{Browser, PASSWORD, REFRESH, TestApp, claims, until};

const NEW: &str = "eight red lamps hum";

fn libfaketime() -> String {
    let folders = std::fs::read_dir("/usr/lib").expect("a folder for each kind of machine").filter_map(Result::ok);
    let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let library = libraries.find(|library| library.exists()).expect("libfaketime is installed");
    library.to_str().expect("a plain path").to_owned()
}

/// A second node of `app` whose clock is wrong by so much, as libfaketime says it.
fn node_with_clock(app: &TestApp, skew: &str) -> TestApp {
    app.another_node_with(&[("LD_PRELOAD", &libfaketime()), ("FAKETIME", skew), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")])
}

/// One whose clock somebody sets while it runs, by writing into this file.
fn node_with_clock_of(app: &TestApp, file: &std::path::Path) -> TestApp {
    app.another_node_with(&[
        ("LD_PRELOAD", &libfaketime()),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().expect("a plain path")),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ])
}

/// When its token was made, by the clock of the node that made it.
fn made_at(browser: &Browser) -> i64 {
    claims(browser.token.as_deref().expect("a token"))["iat"].as_i64().expect("a time")
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("it fits")
}

async fn clocks_apart(skew: &str, seconds: i64) {
    let app = TestApp::start();
    let other = node_with_clock(&app, skew);
    let mut browser = app.signed_up("ann@example.org").await;
    let mut there = app.browser().moved_to(&other);
    assert_eq!(there.sign_in("ann@example.org", PASSWORD).await.status, 200);
    assert!((made_at(&there) - now() - seconds).abs() <= 1, "its clock is wrong by {seconds} s");

    // Each token is good at once on the node that did not make it.
    for turn in 0..10 {
        let (first, second) = if turn % 2 == 0 { (&app, &other) } else { (&other, &app) };
        browser.move_to(&first.base);
        assert_eq!(browser.refresh().await.status, 200);
        browser.move_to(&second.base);
        let reply = browser.who_am_i().await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    // Tabs that race on both get one and the same.
    let races = (0..16).map(|n| {
        let mut tab = browser.clone().moved_to(if n % 2 == 0 { &app } else { &other });
        async move { (tab.refresh().await.status, tab.jar[REFRESH].clone()) }
    });
    let replies = join_all(races).await;
    assert!(replies.iter().all(|(status, cookie)| (*status, cookie) == (200, &replies[0].1)));
    browser.jar.insert(REFRESH.to_owned(), replies[0].1.clone());
    assert_eq!(browser.refresh().await.status, 200);

    // A sign-in by the one clock is recent by the other.
    there.move_to(&app.base);
    assert_eq!(there.get("/api/account/export").await.status, 200);
    let changed = there.post("/api/change_password", &[("current_password", PASSWORD), ("new_password", NEW)]).await;
    assert_eq!(changed.status, 200, "{}", changed.body);

    // What ends on one is over on both, and stays so.
    for node in [&app, &other] {
        browser.move_to(&node.base);
        let refused = until(async || browser.who_am_i().await, |reply| reply.status == 401).await;
        assert_eq!(refused.body["reason"], "password_changed", "{}", refused.body);
        assert_eq!(browser.clone().refresh().await.failure(), (401, "session_ended"));
    }
    there.move_to(&other.base);
    assert_eq!(there.refresh().await.status, 200);
    let log = there.get("/api/activity").await.text;
    assert!(!log.contains("reuse"), "{log}");
}

#[tokio::test]
async fn a_node_whose_clock_is_two_seconds_ahead_changes_nothing() {
    clocks_apart("+2s", 2).await;
}

#[tokio::test]
async fn a_node_whose_clock_is_two_seconds_behind_changes_nothing() {
    clocks_apart("-2s", -2).await;
}

#[tokio::test]
async fn a_clock_that_jumps_for_a_while_does_no_lasting_harm() {
    for jump in ["+31d", "-31d"] {
        let app = TestApp::start();
        let file = app.folder.path().join("clock");
        std::fs::write(&file, "+0").expect("it can be written");
        let node = node_with_clock_of(&app, &file);
        let mut ann = app.browser().moved_to(&node);
        assert_eq!(ann.sign_up("ann@example.org", PASSWORD).await.status, 200);
        let mut revoked = app.signed_in("ann@example.org").await.moved_to(&node);
        let mut idle = app.signed_in("ann@example.org").await.moved_to(&node);

        std::fs::write(&file, jump).expect("it can be written");
        assert_eq!(ann.refresh().await.status, 200, "{jump}");
        let log = until(async || node.log(), |log| log.contains("the clock was set")).await;
        assert!(log.contains("the clock was set"), "{log}");
        let ended = ann.post("/api/devices/revoke", &[("id", &revoked.session())]).await;
        assert_eq!(ended.status, 200, "{jump}: {}", ended.text);
        let made = made_at(&ann);
        assert!((made - now()).abs() <= 2, "{jump}: the token is of {made}");

        std::fs::write(&file, "+0").expect("it can be written");
        assert_eq!(ann.refresh().await.status, 200, "{jump}");
        assert_eq!(idle.refresh().await.status, 200, "{jump}");
        assert_eq!(app.browser().moved_to(&node).sign_in("ann@example.org", PASSWORD).await.status, 200, "{jump}");
        for there in [&app, &node] {
            revoked.move_to(&there.base);
            let refused = until(async || revoked.who_am_i().await, |reply| reply.status == 401).await;
            assert_eq!(refused.body["reason"], "revoked", "{jump}");
        }
    }
}
