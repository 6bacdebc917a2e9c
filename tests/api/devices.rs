//! Seeing, naming and switching off one's devices.

use super::support::TestApp;

#[tokio::test]
async fn every_session_is_listed_the_current_one_first() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;
    let mut second = app.browser();
    let request = second
        .request(reqwest::Method::POST, "/api/sign_in")
        .header("user-agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
        .form(&[("email", "ann@example.org"), ("password", super::support::PASSWORD)]);
    second.send(request).await;

    let devices = second.devices().await;

    assert_eq!(devices.len(), 2);
    assert_eq!(devices[0]["current"], true);
    assert_eq!(devices[0]["name"], "Firefox on Windows");
    assert_eq!(devices[0]["kind"], "desktop");
    assert_eq!(devices[0]["address"], "127.0.0.1");
    assert_eq!(devices[1]["current"], false);
    let mut names: Vec<&String> = devices[0].as_object().unwrap().keys().collect();
    names.sort();
    let expected =
        ["address", "browser", "created_at", "current", "expires_at", "id", "kind", "last_used_at", "name", "os"];
    assert_eq!(names, expected, "nothing more goes out");
}

#[tokio::test]
async fn a_device_can_be_named() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let id = browser.devices().await[0]["id"].as_str().unwrap().to_owned();

    let reply = browser.post("/api/devices/rename", &[("id", &id), ("name", "  Kitchen <b>laptop</b> ")]).await;

    assert_eq!(reply.body["name"], "Kitchen <b>laptop</b>");
    assert_eq!(browser.devices().await[0]["name"], "Kitchen <b>laptop</b>");
    for (name, wrong) in [("", "required"), (&*"x".repeat(65), "too_long"), ("a\u{7}b", "malformed")] {
        let reply = browser.post("/api/devices/rename", &[("id", &id), ("name", name)]).await;
        assert_eq!((reply.status, &reply.body["fields"]["name"]), (422, &wrong.into()), "{name:?}");
    }
}

#[tokio::test]
async fn outlived_revocation() {
    let app = TestApp::start();
    let mut lost = app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    let id = kept.devices().await[1]["id"].as_str().unwrap().to_owned();
    assert_eq!(lost.who_am_i().await.status, 200);

    let reply = kept.post("/api/devices/revoke", &[("id", &id)]).await;

    assert_eq!((reply.status, reply.text.as_str()), (200, r#"{"revoked":1}"#));
    let refused = lost.who_am_i().await;
    assert_eq!(refused.failure(), (401, "session_ended"));
    assert_eq!(refused.body["reason"], "revoked");
    assert_eq!(refused.body["by"], kept.devices().await[0]["name"]);
    assert_eq!(refused.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    assert_eq!(lost.refresh().await.body["reason"], "revoked");
}

#[tokio::test]
async fn revoke_lies() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    let mut bob = app.signed_up("bob@example.org").await;
    let foreign = bob.devices().await[0]["id"].as_str().unwrap().to_owned();
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    for id in [foreign.as_str(), unknown] {
        let reply = ann.post("/api/devices/revoke", &[("id", id)]).await;
        assert_eq!(reply.failure(), (404, "not_found"));
        let reply = ann.post("/api/devices/rename", &[("id", id), ("name", "mine")]).await;
        assert_eq!(reply.failure(), (404, "not_found"));
    }
    for id in ["", "rubbish", "01890A5DAC96774BBCCEB302099A8057"] {
        let reply = ann.post("/api/devices/revoke", &[("id", id)]).await;
        assert_eq!(reply.failure(), (422, "invalid_input"), "{id}");
    }
    assert_eq!(bob.who_am_i().await.status, 200);
}

#[tokio::test]
async fn a_session_ends_once() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    let id = kept.devices().await[1]["id"].as_str().unwrap().to_owned();
    kept.post("/api/devices/revoke", &[("id", &id)]).await;

    let again = kept.post("/api/devices/revoke", &[("id", &id)]).await;
    let others = kept.post("/api/devices/revoke_others", &[]).await;

    assert_eq!(again.failure(), (404, "not_found"));
    assert_eq!(others.text, r#"{"revoked":0}"#);
}

#[tokio::test]
async fn all_others_are_signed_out_at_once() {
    let app = TestApp::start();
    let mut first = app.signed_up("ann@example.org").await;
    let mut second = app.signed_in("ann@example.org").await;
    let mut bob = app.signed_up("bob@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;

    let reply = kept.post("/api/devices/revoke_others", &[]).await;

    assert_eq!(reply.text, r#"{"revoked":2}"#);
    for browser in [&mut first, &mut second] {
        assert_eq!(browser.who_am_i().await.body["reason"], "revoked");
    }
    assert_eq!(kept.who_am_i().await.status, 200);
    assert_eq!(bob.who_am_i().await.status, 200);
}

#[tokio::test]
async fn a_revocation_survives_a_restart() {
    let app = TestApp::start();
    let lost = app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    kept.post("/api/devices/revoke_others", &[]).await;

    let app = app.restart("-KILL");

    let mut lost = lost.moved_to(&app);
    assert_eq!(lost.who_am_i().await.body["reason"], "revoked");
    assert_eq!(kept.moved_to(&app).who_am_i().await.status, 200);
}
