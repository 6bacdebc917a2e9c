//! What an operator meets: start, stop, health, commands, logs.

use super::support::{PASSWORD, REFRESH, TestApp, command, is_postgres, until};

#[tokio::test]
async fn a_healthy_node_says_so() {
    let app = TestApp::start();
    let mut browser = app.browser();

    assert_eq!(browser.get("/healthz").await.status, 200);
    let ready = browser.get("/readyz").await;
    assert_eq!(ready.status, 200);
    for part in ["database", "feed", "keys", "writer"] {
        assert_eq!(ready.body[part], "ok", "{part}");
    }
    app.signed_up("ann@example.org").await.refresh().await;
    let metrics = browser.get("/metrics").await;
    assert!(metrics.text.contains("tabkey_refreshes_total"), "{}", metrics.text);
}

#[tokio::test]
async fn a_stop_lets_what_was_noted_be_written() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    browser.refresh().await;
    browser.who_am_i().await;

    let app = app.restart("-TERM");

    assert!(app.database().await.one::<bool>("SELECT confirmed FROM sessions").await);
    assert_eq!(browser.moved_to(&app).who_am_i().await.status, 200);
}

#[tokio::test]
async fn a_crash_signs_nobody_out() {
    let mut app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    for _ in 0..3 {
        browser.refresh().await;
        app = app.restart("-KILL");
        browser = browser.moved_to(&app);
        assert_eq!(browser.refresh().await.status, 200);
    }
}

#[tokio::test]
async fn a_locked_database_is_busy_and_loses_nothing() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let before = browser.jar[REFRESH].clone();
    let mut other = app.database().await;
    other.lock().await;

    let reply = browser.refresh().await;
    let ready = browser.get("/readyz").await;
    other.unlock().await;

    assert_eq!(reply.failure(), (503, "busy"));
    assert!(!reply.header("retry-after").is_empty());
    assert_eq!(ready.status, 503);
    assert_eq!(browser.jar[REFRESH], before);
    let healed = until(async || browser.refresh().await, |reply| reply.status == 200).await;
    assert_eq!(healed.status, 200);
}

#[test]
fn a_bad_setting_ends_the_start_with_one_sentence_that_names_it() {
    let rows = [
        ("TABKEY_SESSION__ACCESS_TOKEN_TTL", "soon", "session.access_token_ttl"),
        ("TABKEY_SESSION__ACCES_TOKEN_TTL", "5m", "acces_token_ttl"),
        ("TABKEY_PASSWORDS__MIN_LENGTH", "many", "passwords.min_length"),
        ("TABKEY_SECRET_KEY", "short", "TABKEY_SECRET_KEY"),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL"),
        ("LEPTOS_SITE_ADDR", "nowhere", "LEPTOS_SITE_ADDR"),
    ];
    for (name, value, named) in rows {
        let folder = tempfile::tempdir().unwrap();

        let output = command(folder.path()).arg("check").env(name, value).output().unwrap();

        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name}={value}");
        assert!(message.to_lowercase().contains(&named.to_lowercase()), "{name}={value}: {message}");
        assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    }
}

#[tokio::test]
async fn the_wrong_secret_ends_the_start() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;

    let output = command(app.folder.path()).arg("check").env("TABKEY_SECRET_KEY", "ab".repeat(32)).output().unwrap();

    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("TABKEY_SECRET_KEY"));
}

#[tokio::test]
async fn the_generated_secret_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    // PostgreSQL has no folder to keep one in.
    if is_postgres() {
        return;
    }
    let app = TestApp::start();

    let file = app.folder.path().join("data/secret.key");

    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn an_operator_lists_shows_and_signs_out() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let said = |arguments: &[&str]| {
        let output = app.command(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };

    assert!(said(&["check"]).contains("ok"));
    assert!(said(&["user", "list"]).contains("ann@example.org"));
    assert!(said(&["user", "show", "ann@example.org"]).contains("127.0.0.1"));
    assert!(said(&["user", "sign-out", "ann@example.org"]).contains("1 sessions ended"));

    let dark = until(async || browser.who_am_i().await, |reply| reply.status != 200).await;
    assert_eq!(dark.failure(), (401, "session_ended"));
    assert!(!app.command(&["user", "show", "nobody@example.org"]).status.success());
}

#[tokio::test]
async fn r48_no_secret_is_in_the_log_and_r14_none_in_the_database() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    browser.refresh().await;
    browser.sign_in("ann@example.org", "a wrong password here").await;
    browser
        .post("/api/change_password", &[("current_password", PASSWORD), ("new_password", "nine slow rivers hum")])
        .await;
    let secrets = [
        PASSWORD.to_owned(),
        "a wrong password here".into(),
        "nine slow rivers hum".into(),
        browser.token.clone().unwrap(),
        browser.jar[REFRESH].clone(),
    ];
    let app = app.restart("-TERM");

    let log = app.log();
    let database = app.database().await.dump(app.folder.path()).await;
    for secret in secrets {
        assert!(!log.contains(&secret));
        assert!(!database.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}
