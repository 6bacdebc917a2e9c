//! The password is asked for once more before something that matters.

use super::support::{Browser, HINT, PASSWORD, REFRESH, TestApp, claims};

/// The last proof in every session lies an hour back, and the tab's token says so.
async fn long_ago(app: &TestApp, browser: &mut Browser) {
    let mut database = app.database().await;
    database.run("UPDATE sessions SET proved_at = proved_at - 3600000").await;
    assert_eq!(browser.refresh().await.status, 200);
}

fn auth_time(browser: &Browser) -> i64 {
    claims(browser.token.as_deref().unwrap())["auth_time"].as_i64().unwrap()
}

#[tokio::test]
async fn signing_out_all_devices_needs_a_recent_proof_and_changes_nothing_without_one() {
    let app = TestApp::start();
    let mut other = app.signed_up("ann@example.org").await;
    let mut ann = app.signed_in("ann@example.org").await;
    long_ago(&app, &mut ann).await;

    let reply = ann.post("/api/devices/revoke_others", &[]).await;

    assert_eq!((reply.status, reply.text.as_str()), (403, r#"{"code":"step_up_required"}"#));
    assert_eq!(other.who_am_i().await.status, 200);
    assert_eq!(ann.devices().await.len(), 2, "what does not matter goes on");
}

#[tokio::test]
async fn the_right_password_brings_a_token_of_the_same_session_and_generation_and_no_cookie() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    app.signed_in("ann@example.org").await;
    long_ago(&app, &mut ann).await;
    let (session, generation, before) = (ann.session(), ann.generation(), auth_time(&ann));

    let reply = ann.post("/api/step_up", &[("password", PASSWORD)]).await;

    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.cookies.is_empty());
    assert_eq!((ann.session(), ann.generation()), (session, generation));
    assert!(auth_time(&ann) >= before + 3_600);
    assert_eq!(ann.post("/api/devices/revoke_others", &[]).await.text, r#"{"revoked":1}"#);
}

#[tokio::test]
async fn the_next_refresh_remembers_the_proof() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    long_ago(&app, &mut ann).await;
    ann.post("/api/step_up", &[("password", PASSWORD)]).await;
    let proved = auth_time(&ann);

    let reply = ann.refresh().await;

    assert_eq!(reply.status, 200);
    assert_eq!(auth_time(&ann), proved);
    assert_eq!(ann.post("/api/devices/revoke_others", &[]).await.status, 200);
}

#[tokio::test]
async fn a_proof_in_one_session_is_none_in_another() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    let mut thief = app.signed_in("ann@example.org").await;
    long_ago(&app, &mut ann).await;
    thief.refresh().await;

    ann.post("/api/step_up", &[("password", PASSWORD)]).await;
    thief.refresh().await;

    assert_eq!(thief.post("/api/devices/revoke_others", &[]).await.failure(), (403, "step_up_required"));
}

#[tokio::test]
async fn a_wrong_password_is_said_at_its_field_and_logged() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    long_ago(&app, &mut ann).await;
    let token = ann.token.clone();

    for (password, wrong) in [("", "required"), ("not the password at all", "wrong")] {
        let reply = ann.post("/api/step_up", &[("password", password)]).await;
        assert_eq!((reply.status, &reply.body["fields"]["password"]), (422, &wrong.into()));
    }

    assert_eq!(ann.token, token);
    assert_eq!(ann.post("/api/devices/revoke_others", &[]).await.failure(), (403, "step_up_required"));
    let logged = "SELECT count(*) FROM security_events WHERE kind = 'sign_in_failed' AND session_id IS NOT NULL";
    assert_eq!(app.database().await.one::<i64>(logged).await, 1);
}

#[tokio::test]
async fn guesses_are_limited_as_at_sign_in() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "2")]);
    let mut ann = app.signed_up("ann@example.org").await;
    // Two of the device's own, and two of strangers'.
    for _ in 0..4 {
        assert_eq!(ann.post("/api/step_up", &[("password", "not the password")]).await.status, 422);
    }

    let reply = ann.post("/api/step_up", &[("password", PASSWORD)]).await;

    assert_eq!(reply.failure(), (429, "too_many_attempts"));
}

#[tokio::test]
async fn without_a_bearer_token_there_is_nothing_to_prove() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    ann.token = None;

    let reply = ann.post("/api/step_up", &[("password", PASSWORD)]).await;

    assert_eq!(reply.failure(), (401, "token_missing"));
    assert!(ann.jar.contains_key(REFRESH) && ann.jar.contains_key(HINT));
}

#[tokio::test]
async fn an_ended_session_is_not_revived() {
    let app = TestApp::start();
    let mut lost = app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    kept.post("/api/devices/revoke_others", &[]).await;

    let reply = lost.post("/api/step_up", &[("password", PASSWORD)]).await;

    assert_eq!(reply.failure(), (401, "session_ended"));
}

#[tokio::test]
async fn how_long_a_proof_counts_is_a_setting() {
    let app = TestApp::with(&[("SESSION__STEP_UP_AGE", "2h")]);
    let mut ann = app.signed_up("ann@example.org").await;
    long_ago(&app, &mut ann).await;

    assert_eq!(ann.post("/api/devices/revoke_others", &[]).await.status, 200);
}

#[tokio::test]
async fn a_form_without_the_wasm_hears_it_like_any_other_error() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    long_ago(&app, &mut ann).await;

    let request = ann.request(reqwest::Method::POST, "/api/devices/revoke_others").header("accept", "text/html");
    let referer = format!("{}/devices", app.base);
    let reply = ann.send(request.header("referer", referer).form(&[("next", "/devices")])).await;

    assert_eq!(reply.status, 303);
    assert!(reply.header("location").starts_with("/devices?code=step_up_required"), "{}", reply.header("location"));
}

#[tokio::test]
async fn where_the_tab_holds_the_refresh_token_a_proof_brings_none() {
    let app = TestApp::with(&[("SESSION__PROFILE", "tab")]);
    let mut ann = app.browser();
    assert!(ann.sign_up("ann@example.org", PASSWORD).await.body["refresh_token"].is_string());

    let reply = ann.post("/api/step_up", &[("password", PASSWORD)]).await;

    assert_eq!(reply.status, 200);
    assert!(reply.body.get("refresh_token").is_none_or(serde_json::Value::is_null), "nothing was rotated");
}
