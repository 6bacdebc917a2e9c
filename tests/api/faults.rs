//! A server that is killed again and again under a load of refreshing clients. `FAULT_KILLS` says how often: 12 if it
//! does not, and `make test-long` says 200.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::Method;
use tokio::sync::watch;

use super::support::{Browser, TestApp};

const CLIENTS: usize = 6;

/// Refreshes until told to stop, wherever the server is; answers with the browser, or with what signed it out.
async fn refresh_on(
    mut browser: Browser,
    mut at: watch::Receiver<Option<String>>,
    done: Arc<AtomicUsize>,
) -> Result<Browser, String> {
    loop {
        let base = at.borrow_and_update().clone();
        let Some(base) = base else { return Ok(browser) };
        browser.move_to(&base);
        let answer = browser.try_send(browser.request(Method::POST, "/api/refresh")).await;
        match answer {
            Ok(reply) if reply.status == 401 => return Err(reply.text),
            Ok(reply) if reply.status == 200 => {
                done.fetch_add(1, Ordering::Relaxed);
                // In use: the next rotation finds this one confirmed.
                let _ = browser.try_send(browser.request(Method::GET, "/api/who_am_i")).await;
            }
            Ok(_) => {}
            // Dead: until it is back there is nothing to do.
            Err(_) => {
                if *at.borrow() == Some(base) && at.changed().await.is_err() {
                    return Ok(browser);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_loses_no_session_burns_no_token_and_undoes_no_revocation() {
    let kills: u64 = std::env::var("FAULT_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let mut app = TestApp::with(&[("LIMITS__ENABLED", "false")]);
    let (tell, at) = watch::channel(Some(app.base.clone()));
    let done = Arc::new(AtomicUsize::new(0));
    let mut clients = Vec::new();
    for n in 0..CLIENTS {
        let browser = app.signed_up(&format!("client{n}@example.org")).await;
        clients.push(tokio::spawn(refresh_on(browser, at.clone(), done.clone())));
    }
    let mut owner = app.signed_up("owner@example.org").await;
    let mut undone = 0;

    for kill in 0..kills {
        let lost = app.signed_in("owner@example.org").await;
        owner.move_to(&app.base);
        assert_eq!(owner.refresh().await.status, 200, "the owner of many devices is signed in");
        let revoked = owner.post("/api/devices/revoke_others", &[]).await;
        assert_eq!(revoked.text, r#"{"revoked":1}"#);
        // At any point of the load, the first milliseconds after a start included.
        tokio::time::sleep(Duration::from_millis(kill * 37 % 150)).await;
        app = app.restart("-KILL");
        tell.send(Some(app.base.clone())).expect("the clients listen");
        let mut lost = lost.moved_to(&app);
        undone += usize::from(lost.refresh().await.status != 401) + usize::from(lost.who_am_i().await.status != 401);
    }
    tell.send(None).expect("the clients listen");
    let mut signed_out = Vec::new();
    for client in clients {
        match client.await.expect("no panic in a client") {
            Err(why) => signed_out.push(why),
            Ok(browser) => {
                let reply = browser.moved_to(&app).refresh().await;
                if reply.status != 200 {
                    signed_out.push(reply.text);
                }
            }
        }
    }

    println!(
        "{kills} kills, {} refreshes: {} sessions lost, {undone} revocations undone",
        done.load(Ordering::Relaxed),
        signed_out.len()
    );
    assert_eq!((signed_out, undone), (Vec::new(), 0));
}
