//! Two nodes on one database: on PostgreSQL two machines, on SQLite two processes with one file.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::support::{REFRESH, TestApp, is_postgres, let_in, until};

#[tokio::test]
async fn forked_family_across_nodes() {
    let app = TestApp::start();
    let node = app.another_node();
    let browser = app.signed_up("ann@example.org").await;

    let races = (0..64).map(|n| {
        let mut tab = if n % 2 == 0 { browser.clone() } else { browser.clone().moved_to(&node) };
        async move {
            let reply = tab.refresh().await;
            (reply.status, tab.jar[REFRESH].clone())
        }
    });
    let replies = join_all(races).await;

    assert!(replies.iter().all(|(status, cookie)| (*status, cookie) == (200, &replies[0].1)));
    assert_eq!(app.database().await.one::<i64>("SELECT generation FROM sessions").await, 2);
}

#[tokio::test]
async fn outlived_revocation() {
    let app = TestApp::start();
    let node = app.another_node();
    let mut lost = app.signed_up("ann@example.org").await.moved_to(&node);
    let mut kept = app.signed_in("ann@example.org").await;
    assert_eq!(lost.who_am_i().await.status, 200);

    kept.post("/api/devices/revoke_others", &[]).await;
    let revoked = Instant::now();

    let refused = until(async || lost.who_am_i().await, |reply| reply.status == 401).await;
    assert_eq!(refused.body["reason"], "revoked");
    println!("dark on the other node after {:?}", revoked.elapsed());
    assert!(revoked.elapsed() < Duration::from_secs(1), "{:?}", revoked.elapsed());
}

#[tokio::test]
async fn a_stream_on_another_node_hears_of_its_end() {
    let app = TestApp::start();
    let node = app.another_node();
    let lost = app.signed_up("ann@example.org").await.moved_to(&node);
    let mut kept = app.signed_in("ann@example.org").await;
    let mut stream = lost.listen().await;

    kept.post("/api/devices/revoke_others", &[]).await;

    assert!(stream.first("session_ended", Duration::from_secs(2)).await.is_some());
}

#[tokio::test]
async fn a_role_is_in_force_on_every_node_and_signs_nobody_out() {
    let app = TestApp::start();
    let node = app.another_node();
    let mut browser = app.signed_up("ann@example.org").await;

    assert!(app.command(&["user", "grant", "ann@example.org", "admin"]).status.success());

    for base in [&app, &node] {
        browser.move_to(&base.base);
        let mut before = browser.clone();
        let stale = until(async || before.who_am_i().await, |reply| reply.status == 401).await;
        assert_eq!(stale.failure(), (401, "token_stale"));
    }
    assert_eq!(browser.refresh().await.body["user"]["roles"], serde_json::json!(["admin"]));
    assert_eq!(browser.who_am_i().await.status, 200);
}

/// DESIGN §7: silent for five seconds, a node asks the database; without one it answers 503, never 401 and never "fine".
#[tokio::test]
async fn a_node_without_its_feed_and_its_database_is_busy_and_then_knows_what_it_missed() {
    let app = TestApp::start();
    let mut kept = app.signed_up("ann@example.org").await;
    let mut lost = app.signed_in("ann@example.org").await;
    // A file cannot be put out of reach.
    if !is_postgres() {
        return;
    }
    let_in(&app, false).await;

    let busy = until(async || kept.who_am_i().await, |reply| reply.status != 200).await;
    assert_eq!(busy.failure(), (503, "busy"));
    assert!(!busy.header("retry-after").is_empty());
    let_in(&app, true).await;

    let fine = until(async || kept.who_am_i().await, |reply| reply.status == 200).await;
    assert_eq!(fine.status, 200, "{}", fine.body);
    assert_eq!(kept.post("/api/devices/revoke_others", &[]).await.text, r#"{"revoked":1}"#);
    assert_eq!(lost.who_am_i().await.body["reason"], "revoked");
}

#[tokio::test]
async fn a_cut_feed_is_heard_again_and_nobody_is_signed_out() {
    let app = TestApp::start();
    let node = app.another_node();
    let mut lost = app.signed_up("ann@example.org").await.moved_to(&node);
    let mut kept = app.signed_in("ann@example.org").await;

    if !is_postgres() {
        return;
    }
    let_in(&app, false).await;
    let_in(&app, true).await;
    let revoked = until(async || kept.post("/api/devices/revoke_others", &[]).await, |reply| reply.status == 200).await;

    assert_eq!(revoked.status, 200, "{}", revoked.body);
    let refused = until(async || lost.who_am_i().await, |reply| reply.status == 401).await;
    assert_eq!(refused.body["reason"], "revoked");
    let fine = until(async || kept.refresh().await, |reply| reply.status == 200).await;
    assert_eq!(fine.status, 200, "{}", fine.body);
}
