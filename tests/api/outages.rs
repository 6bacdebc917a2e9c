//! A database that answers nothing, and says nothing of it: stopped in its tracks, or behind a line that is cut.

use std::time::{Duration, Instant};

use super::support::{Cluster, Line, TestApp, is_postgres, until, until_within};

/// A feed may be silent for 5 s, a lost connection be waited for 10 s more.
const RECOVERY: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_node_that_is_cut_off_accepts_nothing_on_trust_and_works_again_by_itself() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::start();
    let line = Line::to_database_of(app.folder.path());
    let far = app.another_node_with(&[("DATABASE_URL", line.address()), ("TABKEY_STORE__READERS", "2")]);
    let mut kept = app.signed_up("ann@example.org").await;
    let mut lost = app.signed_in("ann@example.org").await.moved_to(&far);
    assert_eq!(lost.who_am_i().await.status, 200);
    // Every connection is in the middle of a statement when the line is cut: what was idle is tried before it is used.
    let mut database = app.database().await;
    database.lock().await;
    let hanging = (0..8).map(|_| {
        let mut tab = kept.clone().moved_to(&far);
        tokio::spawn(async move { tab.refresh().await.status })
    });
    let hanging: Vec<_> = hanging.collect();
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    assert_eq!(until(async || app.database().await.one::<i64>(busy).await, |count| *count == 2).await, 2);

    line.cut();
    let cut = Instant::now();
    database.unlock().await;
    assert_eq!(kept.post("/api/devices/revoke_others", &[]).await.text, r#"{"revoked":1}"#);

    let refused = until(async || lost.who_am_i().await, |reply| reply.status != 200).await;
    println!("no longer trusted after {:?}", cut.elapsed());
    assert_eq!(refused.failure(), (503, "busy"));
    assert!(!refused.header("retry-after").is_empty());
    for call in hanging {
        assert_eq!(call.await.expect("no panic"), 503);
    }

    line.mend();
    let mended = Instant::now();
    kept.move_to(&far.base);
    let fine = until_within(RECOVERY, async || kept.refresh().await, |reply| reply.status == 200).await;
    println!("works again after {:?}", mended.elapsed());
    assert_eq!(fine.status, 200, "{}", fine.body);
    assert_eq!(kept.who_am_i().await.status, 200);
    let refused = until(async || lost.who_am_i().await, |reply| reply.status != 503).await;
    assert_eq!(refused.body["reason"], "revoked", "{}", refused.body);
}

#[tokio::test]
async fn a_database_that_stands_still_costs_some_503s_and_nobody_their_session() {
    if !is_postgres() {
        return;
    }
    let cluster = Cluster::start();
    let node = cluster.node();
    let mut browser = node.signed_up("ann@example.org").await;
    let mut operator = node.browser();

    cluster.pause();

    let refresh = browser.refresh().await;
    assert_eq!(refresh.failure(), (503, "busy"));
    assert!(!refresh.header("retry-after").is_empty());
    let busy = until(async || browser.who_am_i().await, |reply| reply.status != 200).await;
    assert_eq!(busy.failure(), (503, "busy"));
    assert!(!busy.header("retry-after").is_empty());
    let ready = operator.get("/readyz").await;
    assert_eq!(
        (ready.status, &ready.body["feed"], &ready.body["database"]),
        (503, &"silent".into(), &"unreachable".into())
    );
    assert_eq!(operator.get("/healthz").await.status, 200);
    let metrics = operator.get("/metrics").await.text;
    assert!(metrics.contains(r#"tabkey_feed_mode{mode="silent"} 1"#), "{metrics}");

    cluster.resume();

    let fine = until_within(RECOVERY, async || browser.who_am_i().await, |reply| reply.status == 200).await;
    assert_eq!(fine.status, 200, "{}", fine.body);
    // What was asked for while it stood still may have been done since: the token of before is still good.
    let fine = until_within(RECOVERY, async || browser.refresh().await, |reply| reply.status == 200).await;
    assert_eq!(fine.status, 200, "{}", fine.body);
    assert_eq!(browser.who_am_i().await.status, 200);
    let metrics = operator.get("/metrics").await.text;
    assert!(metrics.contains(r#"tabkey_feed_mode{mode="ok"} 1"#), "{metrics}");
}

/// As after a fail-over: the database can be written again, and the connections that a node has cannot.
#[tokio::test]
async fn connections_that_a_fail_over_left_read_only_are_made_anew() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut database = app.database().await;
    // Open connections don't see the setting, new ones do: the node is put on new ones.
    let name = database.one::<String>("SELECT current_database()::text").await;
    database.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    database
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .await;
    let refused = until(async || browser.refresh().await, |reply| reply.status == 503).await;
    assert_eq!(refused.failure(), (503, "busy"));
    let ready = until(async || app.browser().get("/readyz").await, |reply| reply.body["writer"] != "ok").await;
    assert_eq!(ready.status, 503, "{}", ready.body);

    database.run("SET default_transaction_read_only = off").await;
    database.run(&format!("ALTER DATABASE {name} RESET default_transaction_read_only")).await;
    let again = Instant::now();

    let fine =
        until_within(Duration::from_secs(10), async || browser.refresh().await, |reply| reply.status == 200).await;
    println!("works again after {:?}", again.elapsed());
    assert_eq!(fine.status, 200, "{}", fine.body);
    let ready = until(async || app.browser().get("/readyz").await, |reply| reply.status == 200).await;
    assert_eq!(ready.status, 200, "{}", ready.body);
}
