//! Holes that systems of this kind had lately, each tried here.

use std::time::Duration;

use reqwest::{Method, header::HeaderValue};

use super::support::{TestApp, until_within};

#[tokio::test]
async fn a_restart_makes_no_rotated_token_good_again() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let thief = browser.clone();
    for _ in 0..3 {
        assert_eq!(browser.refresh().await.status, 200);
    }

    let app = app.restart("-KILL");

    let mut thief = thief.moved_to(&app);
    assert_eq!(thief.refresh().await.body["reason"], "reuse");
    let mut browser = browser.moved_to(&app);
    assert_eq!(browser.refresh().await.body["reason"], "reuse");
}

#[tokio::test]
async fn a_refresh_that_races_a_revocation_leaves_nothing_that_works() {
    let app = TestApp::start();
    let mut owner = app.signed_up("ann@example.org").await;
    for _ in 0..5 {
        let other = app.signed_in("ann@example.org").await;
        let id = other.session();
        let racers: Vec<_> = (0..16)
            .map(|_| {
                let mut racer = other.clone();
                tokio::spawn(async move {
                    racer.refresh().await;
                    racer
                })
            })
            .collect();

        assert_eq!(owner.post("/api/devices/revoke", &[("id", &id)]).await.body["revoked"], 1);

        for racer in racers {
            let mut racer = racer.await.unwrap();
            let replies =
                until_within(Duration::from_secs(1), async || racer.who_am_i().await, |reply| reply.status == 401);
            assert_eq!(replies.await.body["reason"], "revoked");
            assert_eq!(racer.refresh().await.body["reason"], "revoked");
        }
    }
}

#[tokio::test]
async fn a_disabled_user_has_no_token_that_works_and_gets_none() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;

    assert!(app.command(&["user", "block", "ann@example.org"]).status.success());

    let reply =
        until_within(Duration::from_secs(1), async || browser.who_am_i().await, |reply| reply.status == 401).await;
    assert_eq!(reply.failure(), (401, "session_ended"));
    assert_eq!(browser.refresh().await.failure(), (401, "session_ended"));
    let step_up = browser.post("/api/step_up", &[("password", super::support::PASSWORD)]).await;
    assert_eq!(step_up.status, 401);
    let again = app.browser().sign_in("ann@example.org", super::support::PASSWORD).await;
    assert_ne!(again.status, 200);
    assert!(again.body["access_token"].is_null());
}

#[tokio::test]
async fn a_malformed_bearer_is_refused_and_nothing_of_it_is_told_again() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let token = browser.token.take().unwrap();
    let rows: [Vec<u8>; 12] = [
        format!("Bearer  {token}").into(),
        format!("Bearer\t{token}").into(),
        format!("Bearer{token}").into(),
        format!("Bearer {token} {token}").into(),
        format!("Bearer {token},{token}").into(),
        format!("Bearer \"{token}\"").into(),
        format!("Token {token}").into(),
        format!("Basic {token}").into(),
        token.clone().into(),
        b"Bearer".to_vec(),
        [format!("Bearer {token}").as_bytes(), b"\xff"].concat(),
        [b"Bearer \xc3\xa9", token.as_bytes()].concat(),
    ];
    for row in rows {
        let value = HeaderValue::from_bytes(&row).unwrap();
        let reply = browser.send(browser.request(Method::GET, "/api/who_am_i").header("authorization", value)).await;
        assert_eq!(reply.failure(), (401, "token_invalid"), "{}", String::from_utf8_lossy(&row));
        assert!(!reply.text.contains(&token[..20]));
    }
    let huge = format!("Bearer {}", "a".repeat(1_000_000));
    let request = browser.request(Method::GET, "/api/who_am_i").header("authorization", huge);
    // Cut off or told: never let in.
    assert!(
        browser.try_send(request).await.is_ok_and(|reply| reply.status == 431)
            || browser.get("/healthz").await.status == 200
    );
    // A scheme is read in any case (RFC 9110 §11.1).
    let lower = browser.request(Method::GET, "/api/who_am_i").header("authorization", format!("bearer {token}"));
    assert_eq!(browser.send(lower).await.status, 200);
    assert!(!app.log().contains(&token));
}

#[tokio::test]
async fn r35_no_other_site_may_read_anything_but_the_published_keys() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    for method in [Method::GET, Method::OPTIONS, Method::POST] {
        for path in
            ["/", "/devices", "/api/who_am_i", "/api/refresh", "/api/events", "/api/nothing", "/healthz", "/pkg/x.js"]
        {
            let request = browser.request(method.clone(), path).header("origin", "https://evil.example");
            let reply = browser.send(request.header("access-control-request-method", "POST")).await;
            assert_eq!(reply.header("access-control-allow-origin"), "", "{method} {path}");
            assert_eq!(reply.header("access-control-allow-credentials"), "", "{method} {path}");
        }
    }
    let keys = browser.get("/.well-known/jwks.json").await;
    assert_eq!(keys.header("access-control-allow-origin"), "*");
    assert_eq!(keys.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn r37_every_reply_keeps_other_sites_and_odd_readings_out() {
    let app = TestApp::with(&[("SERVER__PUBLIC_URL", "https://app.example.org")]);
    let mut browser = app.browser();
    for path in ["/", "/sign-in", "/nothing", "/api/who_am_i", "/api/nothing", "/healthz", "/.well-known/jwks.json"] {
        let reply = browser.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert!(reply.header("strict-transport-security").starts_with("max-age="), "{path}");
        for name in ["cross-origin-opener-policy", "referrer-policy", "permissions-policy", "content-security-policy"] {
            assert_ne!(reply.header(name), "", "{path} has no {name}");
        }
    }
}
