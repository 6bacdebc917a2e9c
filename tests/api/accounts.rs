//! Signing up, in and out.

use super::support::{HINT, PASSWORD, REFRESH, TestApp};

#[tokio::test]
async fn a_new_account_is_signed_in() {
    let app = TestApp::start();
    let mut browser = app.browser();

    let reply = browser.sign_up("Ann@Example.org", PASSWORD).await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.body["token_type"], "Bearer");
    assert_eq!(reply.body["expires_in"], 300);
    assert_eq!(reply.body["user"]["email"], "ann@example.org");
    assert_eq!(reply.body["user"]["display_name"], "Ann Lee");
    assert_eq!(reply.body["user"]["roles"], serde_json::json!([]));
    let session = &reply.body["session"];
    let (start, end) = (reply.body["server_time"].as_i64().unwrap(), session["expires_at"].as_i64().unwrap());
    assert!((end - start - 30 * 86_400).abs() <= 1);
    assert!((session["idle_expires_at"].as_i64().unwrap() - start - 7 * 86_400).abs() <= 1);
    assert_eq!(browser.who_am_i().await.body, reply.body["user"]);
}

#[tokio::test]
async fn r32_the_cookies_are_out_of_reach_and_bound_to_this_host() {
    let app = TestApp::start();

    let reply = app.browser().sign_up("ann@example.org", PASSWORD).await;

    let refresh = reply.cookie(REFRESH);
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure", "; Max-Age=25"] {
        assert!(refresh.contains(attribute), "{attribute} in {refresh}");
    }
    assert!(!refresh.contains("Domain"));
    let hint = reply.cookie(HINT);
    let session = reply.body["session"]["id"].as_str().unwrap();
    assert!(hint.starts_with(&format!("{HINT}={session}.{}", reply.body["session"]["expires_at"])));
    assert!(!hint.contains("HttpOnly") && hint.contains("; Secure"));
}

#[tokio::test]
async fn a_shared_computer_gets_cookies_that_end_with_the_browser_and_shorter_limits() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;

    let form = [("email", "ann@example.org"), ("password", PASSWORD), ("remember", "false")];
    let reply = app.browser().post("/api/sign_in", &form).await;

    assert!(!reply.cookie(REFRESH).contains("Max-Age") && !reply.cookie(HINT).contains("Max-Age"));
    let (start, session) = (reply.body["server_time"].as_i64().unwrap(), &reply.body["session"]);
    assert!((session["expires_at"].as_i64().unwrap() - start - 12 * 3_600).abs() <= 1);
    assert!((session["idle_expires_at"].as_i64().unwrap() - start - 3_600).abs() <= 1);
}

#[tokio::test]
async fn an_address_has_one_account_however_it_is_written() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;

    let reply = app.browser().sign_up("ANN@example.ORG", PASSWORD).await;

    assert_eq!(reply.failure(), (409, "email_taken"));
    assert!(reply.cookies.is_empty());
}

#[tokio::test]
async fn a_name_may_be_absent() {
    let app = TestApp::start();

    let reply = app.browser().post("/api/sign_up", &[("email", "ann@example.org"), ("password", PASSWORD)]).await;

    assert_eq!(reply.body["user"]["display_name"], "ann");
}

#[tokio::test]
async fn each_field_of_a_sign_up_says_what_is_wrong_with_it() {
    let app = TestApp::with(&[("LIMITS__ENABLED", "false")]);
    let long = "long ".repeat(60);
    let rows = [
        ("", PASSWORD, "email", "required"),
        ("nobody", PASSWORD, "email", "malformed"),
        ("ann@example.org", "", "password", "required"),
        ("ann@example.org", "fourteen chars", "password", "too_short"),
        ("ann@example.org", long.as_str(), "password", "too_long"),
        ("ann@example.org", "passwordpassword", "password", "common"),
        ("ann.lee@example.org", "ann.lee@example", "password", "contains_identity"),
    ];
    for (email, password, field, wrong) in rows {
        let reply = app.browser().sign_up(email, password).await;

        assert_eq!(reply.failure(), (422, "invalid_input"), "{email} {password}");
        assert_eq!(reply.body["fields"][field], wrong, "{email} {password}");
    }
}

#[tokio::test]
async fn r27_a_wrong_password_and_an_unknown_account_look_the_same() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;

    let wrong = app.browser().sign_in("ann@example.org", "a wrong password here").await;
    let unknown = app.browser().sign_in("bob@example.org", "a wrong password here").await;

    assert_eq!(wrong.failure(), (401, "wrong_credentials"));
    assert_eq!(wrong.text, unknown.text);
    let names = |reply: &super::support::Reply| {
        let mut names: Vec<String> = reply.headers.keys().map(|name| name.to_string()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&wrong), names(&unknown));
}

#[tokio::test]
async fn a_password_is_the_same_however_its_accents_are_composed() {
    let app = TestApp::start();
    app.browser().sign_up("ann@example.org", "caf\u{e9} au lait, two").await;

    let reply = app.browser().sign_in("ann@example.org", "cafe\u{301} au lait, two").await;

    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn r18_a_sign_in_ends_the_session_that_the_browser_held() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut before = browser.clone();

    browser.sign_in("ann@example.org", PASSWORD).await;

    assert_eq!(before.who_am_i().await.failure(), (401, "session_ended"));
    assert_eq!(browser.devices().await.len(), 1);
}

#[tokio::test]
async fn r19_after_sign_out_neither_token_works() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut copy = browser.clone();

    let reply = browser.sign_out().await;

    assert_eq!((reply.status, reply.text.as_str()), (200, "{}"));
    assert_eq!(reply.header("clear-site-data"), "\"cache\"");
    assert!(browser.jar.is_empty());
    assert_eq!(copy.who_am_i().await.body["reason"], "signed_out");
    assert_eq!(copy.refresh().await.body["reason"], "signed_out");
}

#[tokio::test]
async fn signing_out_with_nothing_is_no_error() {
    let app = TestApp::start();

    let reply = app.browser().sign_out().await;

    assert_eq!((reply.status, reply.text.as_str()), (200, "{}"));
    assert_eq!(reply.cookies.len(), 2);
}

#[tokio::test]
async fn a_late_sign_out_of_one_session_leaves_the_next_one_alone() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let left = browser.session();
    browser.sign_in("ann@example.org", PASSWORD).await;

    let reply = browser.post("/api/sign_out", &[("session", &left)]).await;

    assert_eq!((reply.status, reply.cookies.len()), (200, 0));
    assert_eq!(reply.header("clear-site-data"), "");
    assert_eq!(browser.who_am_i().await.status, 200);
    assert_eq!(browser.refresh().await.status, 200);
    let malformed = browser.post("/api/sign_out", &[("session", "this one")]).await;
    assert_eq!((malformed.status, malformed.body["fields"]["session"].as_str()), (422, Some("malformed")));

    let present = browser.session();
    let reply = browser.post("/api/sign_out", &[("session", &present)]).await;

    assert_eq!((reply.status, reply.cookies.len()), (200, 2));
    assert_eq!(browser.who_am_i().await.failure().0, 401);
}

#[tokio::test]
async fn r26_failures_slow_down_and_say_for_how_long() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "3")]);
    app.signed_up("ann@example.org").await;
    for _ in 0..3 {
        let reply = app.browser().sign_in("ann@example.org", "a wrong password here").await;
        assert_eq!(reply.failure(), (401, "wrong_credentials"));
    }

    let reply = app.browser().sign_in("ann@example.org", "a wrong password here").await;

    assert_eq!(reply.failure(), (429, "too_many_attempts"));
    let seconds = reply.body["retry_after"].as_u64().unwrap();
    assert!((1..=900).contains(&seconds));
    assert_eq!(reply.header("retry-after"), seconds.to_string());
    assert_eq!(app.browser().sign_in("bob@example.org", "a wrong password here").await.status, 401);
}

#[tokio::test]
async fn where_sign_up_is_closed_nobody_makes_an_account_and_no_page_offers_it() {
    let app = TestApp::start();
    app.browser().sign_up("ann@example.org", PASSWORD).await;
    let app = app.restart_with("-TERM", &[("ACCOUNTS__SIGN_UP", "closed")]);

    let refused = app.browser().sign_up("bob@example.org", PASSWORD).await;
    assert_eq!((refused.status, &refused.body["code"]), (403, &"forbidden".into()));
    assert_eq!(app.browser().sign_in("ann@example.org", PASSWORD).await.status, 200, "who has one keeps it");
    for path in ["/", "/sign-in"] {
        let page = app.browser().get(path).await.text;
        assert!(!page.contains("\"/sign-up"), "{path} offers it");
    }
    let page = app.browser().get("/sign-up").await.text;
    assert!(page.contains("No new accounts") && !page.contains("name=\"password\""));
}
