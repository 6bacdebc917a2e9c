//! Rotation over HTTP: every row of the table, and what went wrong elsewhere.

use super::support::{Browser, PASSWORD, REFRESH, TestApp, until};

#[tokio::test]
async fn r15_each_refresh_moves_the_generation_on() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let first = browser.jar[REFRESH].clone();

    let reply = browser.refresh().await;

    assert_eq!(reply.status, 200);
    assert_ne!(browser.jar[REFRESH], first);
    assert_eq!(browser.generation(), 2);
    assert_eq!(browser.who_am_i().await.status, 200);
}

#[tokio::test]
async fn r16_rotation_never_extends_the_session() {
    let app = TestApp::start();
    let mut browser = app.browser();
    let granted = browser.sign_up("ann@example.org", PASSWORD).await;

    let refreshed = browser.refresh().await;

    assert_eq!(granted.body["session"]["expires_at"], refreshed.body["session"]["expires_at"]);
}

#[tokio::test]
async fn lost_reply() {
    let app = TestApp::with(&[("SESSION__REFRESH_LEEWAY", "0s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let mut again = browser.clone();
    browser.refresh().await;

    let reply = again.refresh().await;

    assert_eq!(reply.status, 200);
    assert_eq!(again.jar[REFRESH], browser.jar[REFRESH]);
}

#[tokio::test]
async fn parallel_losers() {
    race(20).await;
}

#[tokio::test]
async fn forked_family() {
    race(64).await;
}

async fn race(tabs: usize) {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;
    let calls = (0..tabs).map(|_| {
        let mut tab = browser.clone();
        async move { (tab.refresh().await.status, tab) }
    });

    let answers = futures::future::join_all(calls).await;

    assert!(answers.iter().all(|(status, _)| *status == 200));
    assert!(answers.iter().all(|(_, tab)| tab.jar[REFRESH] == answers[0].1.jar[REFRESH]));
    assert_eq!(answers[0].1.generation(), 2);
}

#[tokio::test]
async fn grandparent() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut thief = browser.clone();
    browser.refresh().await;
    browser.refresh().await;

    let reply = thief.refresh().await;

    assert_eq!(reply.failure(), (401, "session_ended"));
    assert_eq!(reply.body["reason"], "reuse");
    assert!(reply.cookies.is_empty());
    assert_eq!(browser.who_am_i().await.body["reason"], "reuse");
}

#[tokio::test]
async fn parent_forever() {
    let app = TestApp::with(&[("SESSION__REFRESH_LEEWAY", "0s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let mut thief = browser.clone();
    browser.refresh().await;
    // In use: the note that confirms the rotation is written within a second or so.
    browser.who_am_i().await;
    let mut database = app.database().await;
    let confirmed =
        until(async || database.one::<bool>("SELECT confirmed FROM sessions").await, |confirmed| *confirmed).await;
    assert!(confirmed);

    let reply = thief.refresh().await;

    assert_eq!(reply.body["reason"], "reuse");
}

#[tokio::test]
async fn a_racing_tab_is_forgiven_within_the_leeway() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut slow_tab = browser.clone();
    browser.refresh().await;
    browser.who_am_i().await;

    let reply = slow_tab.refresh().await;

    assert_eq!(reply.status, 200);
    assert_eq!(slow_tab.jar[REFRESH], browser.jar[REFRESH]);
}

#[tokio::test]
async fn sibling_sessions() {
    let app = TestApp::start();
    let mut stolen = app.signed_up("ann@example.org").await;
    let mut other = app.signed_in("ann@example.org").await;
    let mut thief = stolen.clone();
    stolen.refresh().await;
    stolen.refresh().await;

    assert_eq!(thief.refresh().await.body["reason"], "reuse");

    assert_eq!(other.who_am_i().await.status, 200);
    assert_eq!(other.refresh().await.status, 200);
}

#[tokio::test]
async fn late_loser() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    for bad in ["", "rubbish", "AQAAAA"] {
        let mut loser = browser.clone();
        loser.jar.insert(REFRESH.into(), bad.into());

        let reply = loser.refresh().await;

        assert_eq!(reply.failure(), (401, "token_invalid"), "{bad}");
        assert!(reply.cookies.is_empty(), "a failed refresh sets and clears no cookie");
    }
    assert_eq!(browser.refresh().await.status, 200);
}

#[tokio::test]
async fn twin_cookies() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let real = &browser.jar[REFRESH];
    let planted = format!("{REFRESH}=planted; {REFRESH}={real}");
    let mut victim = app.browser();

    let refused = victim.send(victim.request(reqwest::Method::POST, "/api/refresh").header("cookie", planted)).await;

    assert_eq!(refused.failure(), (401, "token_missing"));
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(victim.sign_in("ann@example.org", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn ssr_consumes() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let token = browser.token.take();
    for _ in 0..20 {
        assert_eq!(browser.get("/devices").await.status, 200);
    }
    browser.token = token;

    browser.refresh().await;

    assert_eq!(browser.generation(), 2);
}

#[tokio::test]
async fn near_the_end() {
    let app = TestApp::with(&[("SESSION__ABSOLUTE_LIFETIME", "2s"), ("SESSION__IDLE_TIMEOUT", "2s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let refreshed = browser.refresh().await;
    assert!(refreshed.body["expires_in"].as_u64().unwrap() <= 2, "no token outlives its session");

    let mut probe = browser.clone();
    let ended = until(async || probe.refresh().await, |reply| reply.status != 200).await;

    assert_eq!(ended.failure(), (401, "session_ended"));
    assert!(["expired", "idle"].contains(&ended.body["reason"].as_str().unwrap()));
}

#[tokio::test]
async fn an_expired_access_token_says_so() {
    let app = TestApp::with(&[("SESSION__ACCESS_TOKEN_TTL", "1s")]);
    let mut browser = app.signed_up("ann@example.org").await;

    let reply = until(async || browser.who_am_i().await, |reply| reply.status != 200).await;

    assert_eq!(reply.failure(), (401, "token_expired"));
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.who_am_i().await.status, 200);
}

#[tokio::test]
async fn a_restored_backup_signs_nobody_out() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    app.database().await.back_up().await;
    for _ in 0..5 {
        browser.refresh().await;
    }
    let mut app = app;
    app.signal("-TERM");
    assert!(app.wait());
    app.database().await.restore().await;
    let app = TestApp::in_folder(app.folder.clone(), &[]);
    let mut browser = browser.moved_to(&app);

    let reply = browser.refresh().await;

    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(browser.generation(), 7);
    assert_eq!(browser.refresh().await.status, 200);
}

#[tokio::test]
async fn r17_opening_a_page_is_use_and_a_background_refresh_is_not() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut database = app.database().await;
    let mut last_used = async || database.one::<i64>("SELECT last_used_at FROM sessions").await;
    let before = last_used().await;

    browser.refresh().await;
    assert_eq!(last_used().await, before);
    browser.get("/").await;

    assert!(until(last_used, |used| *used > before).await > before);
}

#[tokio::test]
async fn r17_a_page_that_is_fetched_before_anybody_asked_to_see_it_is_no_use() {
    for (path, header, value, status) in [
        ("/devices", "sec-purpose", "prefetch", 200),
        ("/devices", "sec-purpose", "prefetch;prerender", 200),
        ("/devices", "purpose", "prefetch", 200),
        ("/devices", "x-moz", "prefetch", 200),
        // Nor is what a page embeds, or a browser fetches by itself: a file, or an address of a page in its place.
        ("/favicon.ico", "accept", "image/*", 404),
        ("/favicon.ico", "sec-fetch-dest", "image", 404),
        ("/", "sec-fetch-dest", "image", 200),
        ("/devices", "sec-fetch-dest", "iframe", 200),
    ] {
        let app = TestApp::start();
        let mut ann = app.signed_up("ann@example.org").await;
        let mut bob = app.signed_up("bob@example.org").await;
        let mut database = app.database().await;
        database.run("UPDATE sessions SET last_used_at = last_used_at - 120000").await;
        let page = |browser: &Browser, path| browser.request(reqwest::Method::GET, path);

        let drawn = ann.send(page(&ann, path).header(header, value)).await;
        assert_eq!(drawn.status, status, "{path} {header}: {value}");
        bob.send(page(&bob, "/devices")).await;

        // What bob did after her is written with what she did.
        let of_ann = "SELECT min(last_used_at) FROM sessions";
        let unused = database.one::<i64>(of_ann).await;
        let of_bob = "SELECT max(last_used_at) FROM sessions";
        until(async || database.one::<i64>(of_bob).await, |at| *at > unused + 60_000).await;
        assert_eq!(database.one::<i64>(of_ann).await, unused, "{path} {header}: {value}");
    }
}

#[tokio::test]
async fn use_keeps_a_session_with_a_short_idle_limit() {
    let app = TestApp::with(&[("SESSION__IDLE_TIMEOUT", "4s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let began = std::time::Instant::now();

    let mut probe = browser.clone();
    until(async || probe.who_am_i().await, |_| began.elapsed().as_secs() >= 6).await;

    assert_eq!(browser.refresh().await.status, 200);
}
