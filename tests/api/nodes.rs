//! Two nodes on one database: on PostgreSQL two machines, on SQLite two processes with one file.

use futures::future::join_all;

use super::support::{REFRESH, TestApp};

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
