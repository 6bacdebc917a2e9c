//! Other services: what they are told on `GET /api/revocations`, and a real one that trusts our tokens.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::{
    Browser, Service, Stream, TestApp, TlsProxy, claims, is_postgres, let_in, until, verify_with_pyjwt,
};

const SOON: Duration = Duration::from_secs(5);

/// A server that knows one service, and the service's token.
fn with_a_service() -> (TestApp, String) {
    let (token, entry) = TestApp::service_credential();
    (TestApp::as_issuer(&[("SERVER__SERVICES", &entry)]), token)
}

async fn listen(app: &TestApp, token: &str) -> Stream {
    let mut service = app.browser();
    service.token = Some(token.to_owned());
    let response = service.request(reqwest::Method::GET, "/api/revocations").send().await.expect("the server answers");
    assert_eq!(response.status(), 200);
    Stream::new(response)
}

/// The feed up to `ready`.
async fn read(stream: &mut Stream) -> Vec<Value> {
    let mut told = Vec::new();
    loop {
        match stream.next(SOON).await.expect("an event") {
            (name, data) if name == "revocation" => told.push(data),
            (name, data) => {
                assert_eq!((name.as_str(), data), ("ready", json!({})));
                return told;
            }
        }
    }
}

/// A service that has begun to accept this browser.
async fn that_accepts(app: &TestApp, token: &str, browser: &Browser) -> Service {
    let service = Service::start(&app.base, token, "tabkey");
    let reply = until(async || service.pension(browser).await, |reply| reply.status == 200).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    service
}

#[tokio::test]
async fn a_service_is_told_what_ended_before_and_then_each_ending_as_it_happens() {
    let (app, token) = with_a_service();
    let mut gone = app.signed_up("ann@example.org").await;
    let gone_claims = claims(gone.token.as_deref().expect("a token"));
    gone.sign_out().await;
    let lost = app.signed_in("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;

    let mut stream = listen(&app, &token).await;
    let told = read(&mut stream).await;

    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["sid"], &told[0]["sub"]), (&gone_claims["sid"], &gone_claims["sub"]));
    assert_eq!((&told[0]["reason"], &told[0]["min_cv"]), (&json!("signed_out"), &Value::Null));
    // Kept until the last token is dead.
    assert!(told[0]["until"].as_i64() >= gone_claims["exp"].as_i64(), "{}", told[0]);

    kept.post("/api/devices/revoke_others", &[]).await;
    // All at once, but for the one that asked: a service that does not know `kept` lets its client refresh.
    let (_, data) = stream.next(SOON).await.expect("an event");
    assert_eq!((&data["sid"], &data["reason"]), (&Value::Null, &json!("revoked")));
    assert_eq!(data["kept"], claims(kept.token.as_deref().expect("a token"))["sid"]);
    assert!(data["min_cv"].as_i64() > claims(lost.token.as_deref().expect("a token"))["cv"].as_i64());

    assert!(app.command(&["user", "grant", "ann@example.org", "admin"]).status.success());
    let (_, data) = stream.next(SOON).await.expect("an event");
    assert_eq!((&data["sid"], &data["sub"]), (&Value::Null, &gone_claims["sub"]));
    assert!(data["reason"].is_null() && data["kept"].is_null(), "{data}");
    assert_eq!(data["min_cv"].as_i64(), gone_claims["cv"].as_i64().map(|cv| cv + 2));
}

#[tokio::test]
async fn the_feed_is_for_holders_of_a_service_token_only() {
    let (app, _) = with_a_service();
    let (other, _) = TestApp::service_credential();
    let mut browser = app.signed_up("ann@example.org").await;

    assert_eq!(browser.get("/api/revocations").await.failure(), (401, "token_invalid"));
    browser.token = Some(other);
    assert_eq!(browser.get("/api/revocations").await.failure(), (401, "token_invalid"));
    browser.token = None;
    let reply = browser.get("/api/revocations").await;
    assert_eq!(reply.failure(), (401, "token_missing"));
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(browser.post("/api/revocations", &[]).await.failure(), (405, "method_not_allowed"));
}

#[tokio::test]
async fn a_quiet_feed_beats_and_a_node_that_stops_ends_it() {
    let (mut app, token) = with_a_service();
    let mut stream = listen(&app, &token).await;
    read(&mut stream).await;

    for _ in 0..3 {
        assert!(stream.beats(Duration::from_secs(3)).await);
    }
    app.signal("-TERM");

    assert!(stream.ends(SOON).await);
    assert!(app.wait());
}

#[tokio::test]
async fn a_service_token_and_its_hash_are_in_no_log() {
    let (app, token) = with_a_service();
    let mut stream = listen(&app, &token).await;
    read(&mut stream).await;

    let log = until(async || app.log(), |log| log.contains("a service listens")).await;

    assert!(log.contains("a service listens") && !log.contains(&token), "{log}");
}

#[tokio::test]
async fn signed_in_at_tabkey_is_signed_in_at_the_service_and_revoked_is_out_in_under_a_second() {
    let (app, token) = with_a_service();
    let lost = app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    let service = that_accepts(&app, &token, &lost).await;
    assert_eq!(service.pension(&lost).await.body["person"], claims(lost.token.as_deref().expect("a token"))["sub"]);

    kept.post("/api/devices/revoke_others", &[]).await;
    let revoked = Instant::now();

    let refused = until(async || service.pension(&lost).await, |reply| reply.status != 200).await;
    println!("out at the service after {:?}", revoked.elapsed());
    assert!(revoked.elapsed() < Duration::from_secs(1), "{:?}", revoked.elapsed());
    assert_eq!(refused.failure(), (401, "session_ended"));
    assert_eq!(refused.body["reason"], "revoked");
    assert_eq!(refused.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    assert_eq!(service.pension(&kept).await.status, 200);
}

#[tokio::test]
async fn what_ended_before_the_service_began_is_refused_there() {
    let (app, token) = with_a_service();
    let gone = app.signed_up("ann@example.org").await;
    gone.clone().sign_out().await;
    let kept = app.signed_in("ann@example.org").await;

    let service = that_accepts(&app, &token, &kept).await;

    assert_eq!(service.pension(&gone).await.body["reason"], "signed_out");
}

#[tokio::test]
async fn a_changed_role_makes_the_old_token_stale_at_the_service_and_the_new_one_carries_it() {
    let (app, token) = with_a_service();
    let mut browser = app.signed_up("ann@example.org").await;
    let service = that_accepts(&app, &token, &browser).await;

    assert!(app.command(&["user", "grant", "ann@example.org", "adviser"]).status.success());

    let granted = Instant::now();
    let stale = until(async || service.pension(&browser).await, |reply| reply.status != 200).await;
    assert!(granted.elapsed() < Duration::from_secs(1), "{:?}", granted.elapsed());
    assert_eq!(stale.failure(), (401, "token_stale"));
    assert_eq!(stale.header("content-type"), "application/json; charset=utf-8");
    browser.refresh().await;
    assert_eq!(service.pension(&browser).await.body["may_advise"], true);
}

#[tokio::test]
async fn without_tabkey_the_service_answers_503_and_never_401_and_is_well_again_when_it_is_back() {
    let (mut app, token) = with_a_service();
    let lost = app.signed_up("ann@example.org").await;
    let kept = app.signed_in("ann@example.org").await;
    let service = that_accepts(&app, &token, &kept).await;

    app.signal("-KILL");
    app.wait();
    let killed = Instant::now();

    let unsure = until(async || service.pension(&kept).await, |reply| reply.status != 200).await;
    println!("503 after {:?}", killed.elapsed());
    assert_eq!(unsure.failure(), (503, "busy"));
    assert_eq!(unsure.header("retry-after"), "1");
    assert!(killed.elapsed() < Duration::from_millis(6_500), "{:?}", killed.elapsed());
    assert_eq!(service.healthz().await, 200);

    let app = app.again_on_the_same_address();
    // Revoked while the service was deaf.
    kept.clone().post("/api/devices/revoke_others", &[]).await;
    let fine = until(async || service.pension(&kept).await, |reply| reply.status == 200).await;
    assert_eq!(fine.status, 200, "{}", fine.text);
    assert_eq!(service.pension(&lost).await.body["reason"], "revoked");
    drop(app);
}

#[tokio::test]
async fn a_node_that_stands_still_is_noticed_although_no_connection_breaks() {
    let (app, token) = with_a_service();
    let browser = app.signed_up("ann@example.org").await;
    let service = that_accepts(&app, &token, &browser).await;

    // It stands still, as behind a network that drops everything: no connection is closed.
    app.signal("-STOP");
    let stopped = Instant::now();
    let unsure = until(async || service.pension(&browser).await, |reply| reply.status != 200).await;
    assert_eq!(unsure.failure(), (503, "busy"));
    assert!(stopped.elapsed() < Duration::from_millis(6_500), "{:?}", stopped.elapsed());
    app.signal("-CONT");

    let fine = until(async || service.pension(&browser).await, |reply| reply.status == 200).await;
    assert_eq!(fine.status, 200, "{}", fine.text);
}

// SQLite's file cannot be out of reach.
#[tokio::test]
async fn a_node_without_its_database_silences_the_service_too() {
    if !is_postgres() {
        return;
    }
    let (app, token) = with_a_service();
    let browser = app.signed_up("ann@example.org").await;
    let service = that_accepts(&app, &token, &browser).await;
    let mut stream = listen(&app, &token).await;
    read(&mut stream).await;

    let_in(&app, false).await;
    let cut = Instant::now();
    let unsure = until(async || service.pension(&browser).await, |reply| reply.status != 200).await;
    println!("503 after {:?}", cut.elapsed());
    assert_eq!(unsure.failure(), (503, "busy"));
    assert!(cut.elapsed() < Duration::from_millis(7_500), "{:?}", cut.elapsed());
    assert!(stream.ends(SOON).await);

    let_in(&app, true).await;
    let fine = until(async || service.pension(&browser).await, |reply| reply.status == 200).await;
    assert_eq!(fine.status, 200, "{}", fine.text);
}

#[tokio::test]
async fn a_token_for_another_audience_or_altered_or_none_is_refused_at_the_service() {
    let (app, token) = with_a_service();
    let browser = app.signed_up("ann@example.org").await;
    let service = that_accepts(&app, &token, &browser).await;
    let other = Service::start(&app.base, &token, "another-service");
    let mut nobody = app.browser();

    // Keys that are not there yet are a 503.
    let refused = until(async || other.pension(&browser).await, |reply| reply.status == 401).await;
    assert_eq!(refused.failure(), (401, "token_invalid"));
    assert_eq!(service.pension(&nobody).await.failure(), (401, "token_missing"));
    let mut altered = browser.token.clone().expect("a token").into_bytes();
    let middle = altered.len() / 2;
    altered[middle] = if altered[middle] == b'A' { b'B' } else { b'A' };
    nobody.token = Some(String::from_utf8(altered).expect("ASCII"));
    assert_eq!(service.pension(&nobody).await.failure(), (401, "token_invalid"));
}

#[tokio::test]
async fn a_service_that_tabkey_does_not_know_accepts_nobody() {
    let (app, _) = with_a_service();
    let (unknown, _) = TestApp::service_credential();
    let browser = app.signed_up("ann@example.org").await;
    let service = Service::start(&app.base, &unknown, "tabkey");

    // The keys are there, and still nothing is believed.
    for _ in 0..20 {
        assert_eq!(service.pension(&browser).await.failure(), (503, "busy"));
    }
    let log = until(async || service.log(), |log| log.contains("does not know this service token")).await;
    assert!(log.contains("does not know this service token") && !log.contains(&unknown), "{log}");
}

/// A server whose public address is one of TLS.
fn behind_tls() -> (TestApp, String, TlsProxy) {
    let (token, entry) = TestApp::service_credential();
    let proxy = TlsProxy::new();
    let app = TestApp::with(&[("SERVER__SERVICES", &entry), ("SERVER__PUBLIC_URL", &proxy.url())]);
    let proxy = proxy.before(&app);
    (app, token, proxy)
}

#[tokio::test]
async fn a_service_follows_an_issuer_behind_tls() {
    let (app, token, proxy) = behind_tls();
    let lost = app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    // What the operating system trusts, and this.
    let trusting = proxy.certificate();
    let service = Service::with(&proxy.url(), &token, "tabkey", &[("SSL_CERT_FILE", &trusting)]);
    let reply = until(async || service.pension(&lost).await, |reply| reply.status == 200).await;
    assert_eq!(reply.status, 200, "{} {}", reply.text, service.log());

    kept.post("/api/devices/revoke_others", &[]).await;
    let revoked = Instant::now();

    let refused = until(async || service.pension(&lost).await, |reply| reply.status != 200).await;
    assert!(revoked.elapsed() < Duration::from_secs(1), "{:?}", revoked.elapsed());
    assert_eq!(refused.body["reason"], "revoked");
    assert_eq!(service.pension(&kept).await.status, 200);
}

#[tokio::test]
async fn a_service_that_does_not_trust_the_issuers_certificate_accepts_nobody_and_says_why() {
    let (app, token, proxy) = behind_tls();
    let browser = app.signed_up("ann@example.org").await;
    let service = Service::start(&proxy.url(), &token, "tabkey");

    let log = until(async || service.log(), |log| log.contains("certificate")).await;

    assert!(log.contains("certificate"), "{log}");
    assert!(!log.contains(&token), "{log}");
    assert_eq!(service.pension(&browser).await.failure(), (503, "busy"));
}

#[tokio::test]
async fn pyjwt_accepts_a_token_of_ours_and_refuses_an_altered_one() {
    let app = TestApp::as_issuer(&[]);
    let browser = app.signed_up("ann@example.org").await;
    let token = browser.token.clone().expect("a token");
    let [header, body, signature] = token.split('.').collect::<Vec<_>>().try_into().expect("three parts");

    let accepted = verify_with_pyjwt(&app.base, "tabkey", &token);
    assert_eq!(accepted.as_deref(), Ok(claims(&token)["sub"].as_str().expect("a subject")));
    let foreign = app.signed_up("bob@example.org").await.token.expect("a token");
    let foreign = foreign.split('.').nth(1).expect("three parts").to_owned();
    assert_eq!(
        verify_with_pyjwt(&app.base, "tabkey", &format!("{header}.{foreign}.{signature}")),
        Err("InvalidSignatureError".into())
    );
    assert_eq!(
        verify_with_pyjwt(&app.base, "tabkey", &format!("{header}.{body}.")),
        Err("InvalidSignatureError".into())
    );
    assert_eq!(verify_with_pyjwt(&app.base, "other", &token), Err("InvalidAudienceError".into()));
}
