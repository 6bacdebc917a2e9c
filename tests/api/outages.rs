//! A database that answers nothing, and says nothing of it: stopped in its tracks, or behind a line that is cut.

use std::time::{Duration, Instant};

use futures::future::join_all;

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
    let far = app.another_node_with(&[("DATABASE_URL", line.address())]);
    let mut kept = app.signed_up("ann@example.org").await;
    let mut lost = app.signed_in("ann@example.org").await.moved_to(&far);
    assert_eq!(lost.who_am_i().await.status, 200);

    line.cut();
    let cut = Instant::now();
    assert_eq!(kept.post("/api/devices/revoke_others", &[]).await.text, r#"{"revoked":1}"#);

    let busy = until(async || lost.who_am_i().await, |reply| reply.status != 200).await;
    println!("no longer trusted after {:?}", cut.elapsed());
    assert_eq!(busy.failure(), (503, "busy"));
    assert!(!busy.header("retry-after").is_empty());
    // More at once than there are connections: all of them hang.
    let calls = (0..40).map(|n| {
        let mut tab = kept.clone().moved_to(&far);
        async move { if n % 2 == 0 { tab.refresh().await.status } else { tab.who_am_i().await.status } }
    });
    assert!(join_all(calls).await.iter().all(|status| *status == 503));

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
