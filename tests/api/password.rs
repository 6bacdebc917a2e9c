//! Changing the password, and how it is kept.

use super::support::{PASSWORD, REFRESH, TestApp};

const NEW: &str = "nine slow rivers hum";

#[tokio::test]
async fn a_new_password_signs_the_other_devices_out() {
    let app = TestApp::start();
    let mut other = app.signed_up("ann@example.org").await;
    let mut browser = app.signed_in("ann@example.org").await;

    let form = [("current_password", PASSWORD), ("new_password", NEW)];
    let reply = browser.post("/api/change_password", &form).await;

    assert_eq!((reply.status, reply.text.as_str()), (200, r#"{"revoked":1,"rotate":true}"#));
    assert!(reply.cookies.is_empty(), "only sign-up, sign-in and refresh change what a browser keeps");
    assert_eq!(other.who_am_i().await.body["reason"], "password_changed");
    assert_eq!(browser.who_am_i().await.status, 200);
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(app.browser().sign_in("ann@example.org", PASSWORD).await.failure(), (401, "wrong_credentials"));
    assert_eq!(app.browser().sign_in("ann@example.org", NEW).await.status, 200);
}

#[tokio::test]
async fn the_device_that_stays_moves_on_and_a_copy_of_the_old_generation_is_found_out() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let thief = browser.clone();

    let form = [("current_password", PASSWORD), ("new_password", NEW)];
    let reply = browser.post("/api/change_password", &form).await;

    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.body["rotate"], true);
    assert_eq!(browser.refresh().await.status, 200);
    assert_ne!(browser.jar[REFRESH], thief.jar[REFRESH]);
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.generation(), 3);
    assert_eq!(thief.clone().refresh().await.body["reason"], "reuse");
}

#[tokio::test]
async fn a_lost_reply_to_a_new_password_signs_nobody_out() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let before = browser.jar.clone();

    browser.post("/api/change_password", &[("current_password", PASSWORD), ("new_password", NEW)]).await;
    browser.jar = before;

    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.generation(), 2);
    assert_eq!(browser.who_am_i().await.status, 200);
}

#[tokio::test]
async fn the_cookie_of_another_account_in_the_same_browser_is_left_alone() {
    let app = TestApp::start();
    let ann = app.signed_up("ann@example.org").await;
    let mut browser = app.signed_up("bob@example.org").await;
    let bobs = browser.jar[REFRESH].clone();
    browser.token = ann.token.clone();

    let form = [("current_password", PASSWORD), ("new_password", NEW)];
    assert_eq!(browser.post("/api/change_password", &form).await.status, 200);

    assert_eq!(browser.jar[REFRESH], bobs);
    assert_eq!(browser.refresh().await.body["user"]["email"], "bob@example.org");
}

#[tokio::test]
async fn a_wrong_current_password_is_a_mistake_in_a_field() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let rows = [
        ("a wrong password here", NEW, "current_password", "wrong"),
        ("", NEW, "current_password", "required"),
        (PASSWORD, "short", "new_password", "too_short"),
        (PASSWORD, "", "new_password", "required"),
    ];
    for (current, new, field, wrong) in rows {
        let form = [("current_password", current), ("new_password", new)];
        let reply = browser.post("/api/change_password", &form).await;

        assert_eq!(reply.failure(), (422, "invalid_input"));
        assert_eq!(reply.body["fields"][field], wrong, "{current:?} {new:?}");
    }
    assert_eq!(browser.who_am_i().await.status, 200);
}

#[tokio::test]
async fn r28_a_raised_cost_reaches_an_account_at_its_next_sign_in() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;
    let before = hash(&app).await;
    let folder = app.folder.clone();
    drop(app);

    let app = TestApp::in_folder(folder, &[("PASSWORDS__ARGON2_ITERATIONS", "3")]);
    app.signed_in("ann@example.org").await;

    assert!(before.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{before}");
    assert!(hash(&app).await.contains("t=3"));
    app.signed_in("ann@example.org").await;
}

async fn hash(app: &TestApp) -> String {
    app.database().await.one("SELECT password_hash FROM users").await
}

#[tokio::test]
async fn r24_what_is_tried_first_or_made_of_a_name_is_no_new_password_and_the_reason_is_said() {
    let app = TestApp::with(&[("LIMITS__ENABLED", "false"), ("SERVER__PUBLIC_URL", "http://login.acmebank.test")]);
    let sign_up = async |email: &str, name: &str, password: &str| {
        let form = [("email", email), ("display_name", name), ("password", password)];
        app.browser().post("/api/sign_up", &form).await
    };
    let rows = [
        ("qwertyuiopasdfg", "common"),
        ("letmeinletmeinplease", "common"),
        ("bartholomewhigginbottom", "contains_identity"),
        ("Higginbottom-Bartholomew-1987", "contains_identity"),
        ("mottobniggih wemolohtrab", "contains_identity"),
        ("acmebank-acmebank", "contains_identity"),
    ];
    for (password, why) in rows {
        let reply = sign_up("bart@example.org", "Bartholomew Higginbottom", password).await;
        assert_eq!((reply.failure(), &reply.body["fields"]["password"]), ((422, "invalid_input"), &why.into()));
    }
    for (at, fine) in ["928374650192837465", "a walk in the rain", "läuft wie öl, ja"].into_iter().enumerate() {
        assert_eq!(sign_up(&format!("ann{at}@example.org"), "Ann", fine).await.status, 200, "{fine}");
    }

    // The same where it is changed.
    let mut browser = app.browser();
    let form = [("email", "bart@example.org"), ("display_name", "Bartholomew Higginbottom"), ("password", PASSWORD)];
    browser.token = browser.post("/api/sign_up", &form).await.body["access_token"].as_str().map(str::to_owned);
    for (password, why) in rows {
        let form = [("current_password", PASSWORD), ("new_password", password)];
        let reply = browser.post("/api/change_password", &form).await;
        assert_eq!(reply.body["fields"]["new_password"], why, "{password}");
    }
}
