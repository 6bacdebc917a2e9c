//! The profiles in which nothing outlives a page, and the age of a sign-in.

use super::support::{Browser, PASSWORD, REFRESH, Reply, TestApp, until};

fn banking(settings: &[(&str, &str)]) -> TestApp {
    TestApp::with(&[&[("SESSION__PROFILE", "banking")], settings].concat())
}

fn tab(settings: &[(&str, &str)]) -> TestApp {
    TestApp::with(&[&[("SESSION__PROFILE", "tab")], settings].concat())
}

/// A tab that keeps its refresh token in memory.
struct Tab {
    browser: Browser,
    refresh_token: String,
}

impl Tab {
    async fn signed_up(app: &TestApp) -> Self {
        let mut browser = app.browser();
        let reply = browser.sign_up("ann@example.org", PASSWORD).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        Self { browser, refresh_token: reply.body["refresh_token"].as_str().expect("a refresh token").to_owned() }
    }

    /// Presents this token, and keeps the next one.
    async fn refresh_with(&mut self, token: &str) -> Reply {
        let reply = self.browser.post("/api/refresh", &[("refresh_token", token)]).await;
        if let Some(next) = reply.body["refresh_token"].as_str() {
            self.refresh_token = next.to_owned();
        }
        reply
    }

    async fn refresh(&mut self) -> Reply {
        let token = self.refresh_token.clone();
        self.refresh_with(&token).await
    }
}

async fn go_on(browser: &mut Browser, password: &str) -> Reply {
    browser.post("/api/continue", &[("password", password)]).await
}

#[tokio::test]
async fn neither_profile_sets_any_cookie_whatever_is_called() {
    for app in [banking(&[]), tab(&[])] {
        let mut browser = app.browser();
        let mut replies = vec![browser.sign_up("ann@example.org", PASSWORD).await];
        replies.push(go_on(&mut browser, PASSWORD).await);
        replies.push(browser.refresh().await);
        replies.push(browser.get("/").await);
        replies.push(browser.get("/sign-in").await);
        replies.push(browser.get("/api/devices").await);
        replies.push(browser.sign_out().await);
        replies.push(browser.sign_in("ann@example.org", PASSWORD).await);

        for reply in replies {
            assert!(reply.cookies.is_empty(), "{:?}", reply.cookies);
        }
    }
}

#[tokio::test]
async fn under_banking_a_refresh_is_refused_whatever_is_presented() {
    // The same database, and so the same keys, as a site that had refresh cookies until now.
    let app = TestApp::start();
    let mut before = app.signed_up("ann@example.org").await;
    let cookie = before.jar[REFRESH].clone();
    let mut app = app;
    app.signal("-TERM");
    assert!(app.wait());
    let app = TestApp::in_folder(app.folder.clone(), &[("SESSION__PROFILE", "banking")]);
    before.move_to(&app.base);

    assert_eq!(before.refresh().await.failure(), (401, "token_missing"));
    let by_field = before.post("/api/refresh", &[("refresh_token", &cookie)]).await;
    assert_eq!(by_field.failure(), (422, "invalid_input"));
    // Nor does the cookie draw anybody's page.
    before.token = None;
    let page = before.get("/devices").await;
    assert_eq!((page.status, page.header("location").as_str()), (302, "/sign-in?next=/devices"));
}

#[tokio::test]
async fn under_tab_a_cookie_counts_for_nothing_and_elsewhere_the_field_does_not() {
    let app = tab(&[]);
    let mut tab = Tab::signed_up(&app).await;
    let mut copied = app.browser();
    copied.jar.insert(REFRESH.into(), tab.refresh_token.clone());
    assert_eq!(copied.refresh().await.failure(), (401, "token_missing"));
    assert_eq!(copied.get("/devices").await.status, 302);
    assert_eq!(tab.refresh().await.status, 200);

    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let token = browser.jar[REFRESH].clone();
    let reply = browser.post("/api/refresh", &[("refresh_token", &token)]).await;
    assert_eq!((reply.failure(), &reply.body["fields"]["refresh_token"]), ((422, "invalid_input"), &"unknown".into()));
    assert!(browser.refresh().await.body["refresh_token"].is_null());
}

#[tokio::test]
async fn the_right_password_continues_the_same_session() {
    let app = banking(&[]);
    let mut browser = app.browser();
    let granted = browser.sign_up("ann@example.org", PASSWORD).await;
    let (session, first) = (browser.session(), browser.token.clone());

    let reply = go_on(&mut browser, PASSWORD).await;

    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(browser.session(), session);
    assert_ne!(browser.token, first);
    assert_eq!(reply.body["session"]["expires_at"], granted.body["session"]["expires_at"], "its end stays");
    assert_eq!(browser.who_am_i().await.status, 200);
    assert_eq!(browser.devices().await.len(), 1);
}

#[tokio::test]
async fn a_wrong_password_continues_nothing_and_says_so() {
    let app = banking(&[]);
    let mut browser = app.signed_up("ann@example.org").await;
    let mut other = app.browser();
    other.sign_up("bob@example.org", "eight brown boats sing").await;

    for (password, wrong) in
        [("not the password at all", "wrong"), ("eight brown boats sing", "wrong"), ("", "required")]
    {
        let reply = go_on(&mut browser, password).await;

        assert_eq!((reply.failure(), &reply.body["fields"]["password"]), ((422, "invalid_input"), &wrong.into()));
        assert!(reply.body["access_token"].is_null());
    }
    assert_eq!(browser.who_am_i().await.status, 200, "the session stays as it was");
}

#[tokio::test]
async fn the_password_alone_continues_nothing() {
    let app = banking(&[]);
    let browser = app.signed_up("ann@example.org").await;
    let mut stranger = app.browser();
    assert_eq!(go_on(&mut stranger, PASSWORD).await.failure(), (401, "token_missing"));
    stranger.token = Some("rubbish".into());
    assert_eq!(go_on(&mut stranger, PASSWORD).await.failure(), (401, "token_invalid"));
    let mut altered = browser.token.clone().expect("a token");
    altered.replace_range(..1, if altered.starts_with('e') { "f" } else { "e" });
    stranger.token = Some(altered);
    assert_eq!(go_on(&mut stranger, PASSWORD).await.failure(), (401, "token_invalid"));
}

#[tokio::test]
async fn a_token_that_has_just_died_continues_its_session_and_does_nothing_else() {
    let app = banking(&[("SESSION__ACCESS_TOKEN_TTL", "2s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let dead = until(async || browser.who_am_i().await, |reply| reply.status != 200).await;
    assert_eq!(dead.failure(), (401, "token_expired"));

    assert_eq!(go_on(&mut browser, PASSWORD).await.status, 200);

    assert_eq!(browser.who_am_i().await.status, 200);
}

#[tokio::test]
async fn a_token_that_died_long_ago_continues_nothing() {
    // A grace as long as the token's life, and ten seconds for the way.
    let app = banking(&[("SESSION__ACCESS_TOKEN_TTL", "1s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    tokio::time::sleep(std::time::Duration::from_secs(13)).await;

    assert_eq!(go_on(&mut browser, PASSWORD).await.failure(), (401, "token_expired"));
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_continued() {
    let app = banking(&[]);
    let mut browser = app.signed_up("ann@example.org").await;
    let mut other = app.signed_in("ann@example.org").await;
    let id = browser.session();
    assert_eq!(other.post("/api/devices/revoke", &[("id", &id)]).await.status, 200);

    let reply = go_on(&mut browser, PASSWORD).await;

    assert_eq!((reply.failure(), &reply.body["reason"]), ((401, "session_ended"), &"revoked".into()));
    other.sign_out().await;
    assert_eq!(go_on(&mut other, PASSWORD).await.failure(), (401, "session_ended"));
}

#[tokio::test]
async fn a_session_that_nobody_used_is_not_continued() {
    let app = banking(&[("SESSION__IDLE_TIMEOUT", "1s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;

    let reply = go_on(&mut browser, PASSWORD).await;

    assert_eq!((reply.failure(), &reply.body["reason"]), ((401, "session_ended"), &"idle".into()));
}

#[tokio::test]
async fn guessing_the_password_of_a_held_session_is_limited_as_sign_in_is() {
    let app = TestApp::with(&[
        ("SESSION__PROFILE", "banking"),
        ("LIMITS__ENABLED", "true"),
        ("LIMITS__SIGN_IN_PER_ACCOUNT", "3"),
    ]);
    let mut browser = app.signed_up("ann@example.org").await;
    // Three of the device's own, and three of strangers'.
    for _ in 0..6 {
        assert_eq!(go_on(&mut browser, "not the password at all").await.status, 422);
    }

    let reply = go_on(&mut browser, PASSWORD).await;

    assert_eq!(reply.failure(), (429, "too_many_attempts"));
    assert!(!reply.header("retry-after").is_empty());
}

#[tokio::test]
async fn people_behind_one_address_may_go_on_all_day_and_who_asks_too_soon_is_counted() {
    let app = banking(&[
        ("LIMITS__ENABLED", "true"),
        ("LIMITS__SIGN_IN_PER_ADDRESS", "3"),
        ("SESSION__ACCESS_TOKEN_TTL", "2s"),
    ]);
    let mut browser = app.signed_up("ann@example.org").await;
    for _ in 0..4 {
        tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
        assert_eq!(go_on(&mut browser, PASSWORD).await.status, 200);
    }

    let reply = until(async || go_on(&mut browser, PASSWORD).await, |reply| reply.status != 200).await;

    assert_eq!(reply.failure(), (429, "too_many_attempts"));
}

#[tokio::test]
async fn under_the_other_profiles_there_is_nothing_to_continue() {
    for app in [TestApp::start(), tab(&[])] {
        let mut browser = app.signed_up("ann@example.org").await;
        assert_eq!(go_on(&mut browser, PASSWORD).await.failure(), (404, "not_found"));
    }
}

#[tokio::test]
async fn another_site_continues_nothing() {
    let app = banking(&[]);
    let mut browser = app.signed_up("ann@example.org").await;
    let request = browser.request(reqwest::Method::POST, "/api/continue").form(&[("password", PASSWORD)]);

    let reply = browser.send(request.header("sec-fetch-site", "cross-site")).await;

    assert_eq!(reply.failure(), (403, "cross_site"));
}

#[tokio::test]
async fn under_tab_each_refresh_moves_on_and_answers_the_next_token() {
    let app = tab(&[]);
    let mut tab = Tab::signed_up(&app).await;
    let first = tab.refresh_token.clone();

    let reply = tab.refresh().await;

    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_ne!(tab.refresh_token, first);
    assert_eq!(tab.browser.generation(), 2);
    assert_eq!(tab.browser.who_am_i().await.status, 200);
}

#[tokio::test]
async fn under_tab_a_lost_reply_is_answered_again_and_reuse_ends_the_session() {
    let app = tab(&[]);
    let mut tab = Tab::signed_up(&app).await;
    let first = tab.refresh_token.clone();
    tab.refresh().await;
    let second = tab.refresh_token.clone();
    assert_eq!(tab.refresh_with(&first).await.status, 200, "its reply was lost");
    assert_eq!(tab.refresh_token, second);
    tab.refresh().await;

    let thief = tab.browser.post("/api/refresh", &[("refresh_token", &first)]).await;

    assert_eq!((thief.failure(), &thief.body["reason"]), ((401, "session_ended"), &"reuse".into()));
    assert_eq!(tab.refresh().await.body["reason"], "reuse");
    assert_eq!(tab.browser.who_am_i().await.body["reason"], "reuse");
}

#[tokio::test]
async fn under_tab_several_tabs_are_several_sessions() {
    let app = tab(&[]);
    let mut first = app.signed_up("ann@example.org").await;
    let mut second = first.clone();

    second.sign_in("ann@example.org", PASSWORD).await;

    assert_ne!(first.session(), second.session());
    assert_eq!(first.devices().await.len(), 2);
}

#[tokio::test]
async fn a_sign_out_needs_no_cookie() {
    for app in [banking(&[]), tab(&[])] {
        let mut browser = app.signed_up("ann@example.org").await;

        let reply = browser.sign_out().await;

        assert_eq!((reply.status, reply.header("clear-site-data").as_str()), (200, "\"cache\""));
        assert_eq!(browser.who_am_i().await.failure(), (401, "session_ended"));
    }
    // By the refresh token alone, when the access token is dead.
    let app = tab(&[]);
    let mut tab = Tab::signed_up(&app).await;
    let bearer = tab.browser.token.take();
    let token = tab.refresh_token.clone();
    assert_eq!(tab.browser.post("/api/sign_out", &[("refresh_token", &token)]).await.status, 200);
    tab.browser.token = bearer;
    assert_eq!(tab.browser.who_am_i().await.failure(), (401, "session_ended"));
}

#[tokio::test]
async fn under_banking_a_token_that_has_just_died_still_signs_out() {
    let app = banking(&[("SESSION__ACCESS_TOKEN_TTL", "1s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let mut other = app.signed_in("ann@example.org").await;
    until(async || browser.who_am_i().await, |reply| reply.status != 200).await;

    browser.sign_out().await;

    assert_eq!(go_on(&mut other, PASSWORD).await.status, 200);
    assert_eq!(other.devices().await.len(), 1);
}

#[tokio::test]
async fn a_form_without_the_script_begins_no_session_that_nobody_could_hold() {
    for app in [banking(&[]), tab(&[])] {
        let mut person = app.signed_up("ann@example.org").await;
        let mut browser = app.browser();
        for path in ["/api/sign_in", "/api/sign_up"] {
            let form = [("email", "ann@example.org"), ("password", PASSWORD), ("next", "/devices")];
            let request = browser.request(reqwest::Method::POST, path).form(&form).header("accept", "text/html");

            let reply = browser.send(request).await;

            assert_eq!(reply.status, 303);
            assert!(reply.header("location").contains("code=script_needed"), "{}", reply.header("location"));
        }
        assert_eq!(person.devices().await.len(), 1);
    }
}

#[tokio::test]
async fn the_event_stream_and_the_other_devices_work_as_ever() {
    for app in [banking(&[]), tab(&[])] {
        let browser = app.signed_up("ann@example.org").await;
        let mut other = app.signed_in("ann@example.org").await;
        let mut stream = browser.listen().await;

        other.post("/api/devices/revoke_others", &[]).await;

        let mut heard = Vec::new();
        while let Some((name, data)) = stream.next(std::time::Duration::from_secs(5)).await {
            heard.push((name, data["reason"].clone()));
        }
        assert!(heard.contains(&("session_ended".into(), "revoked".into())), "{heard:?}");
    }
}

#[tokio::test]
async fn max_login_age_asks_for_a_new_sign_in_whatever_the_activity() {
    let app = TestApp::with(&[("SESSION__MAX_LOGIN_AGE", "3s")]);
    let mut browser = app.browser();
    let granted = browser.sign_up("ann@example.org", PASSWORD).await;
    let session = &granted.body["session"];
    assert!(session["expires_at"].as_i64().unwrap() - granted.body["server_time"].as_i64().unwrap() <= 3);

    let ended = until(async || browser.refresh().await, |reply| reply.status != 200).await;

    assert_eq!((ended.failure(), &ended.body["reason"]), ((401, "session_ended"), &"expired".into()));
}

#[tokio::test]
async fn max_login_age_holds_for_sessions_that_began_under_a_longer_one() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut database = app.database().await;
    database.run("UPDATE sessions SET created_at = created_at - 7200000").await;
    let mut app = app;
    app.signal("-TERM");
    assert!(app.wait());
    let app = TestApp::in_folder(app.folder.clone(), &[("SESSION__MAX_LOGIN_AGE", "1h")]);
    browser.move_to(&app.base);

    let mut fresh = app.signed_in("ann@example.org").await;
    assert_eq!(fresh.devices().await.len(), 1, "what is over is no device");
    // A page is not drawn for them, and says why.
    let token = browser.token.take();
    let page = browser.get("/devices").await;
    assert_eq!(page.status, 302);
    browser.token = token;
    let reply = browser.refresh().await;
    assert_eq!((reply.failure(), &reply.body["reason"]), ((401, "session_ended"), &"expired".into()));
}

#[tokio::test]
async fn a_session_that_began_under_a_longer_setting_is_told_its_new_end() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut app = app;
    app.signal("-TERM");
    assert!(app.wait());
    let app = TestApp::in_folder(app.folder.clone(), &[("SESSION__MAX_LOGIN_AGE", "1h")]);
    browser.move_to(&app.base);

    let reply = browser.refresh().await;

    let left = reply.body["session"]["expires_at"].as_i64().unwrap() - reply.body["server_time"].as_i64().unwrap();
    assert!((3_500..=3_600).contains(&left), "{left}");
    assert!(reply.cookie(REFRESH).contains("Max-Age=35") || reply.cookie(REFRESH).contains("Max-Age=3600"));
}

#[tokio::test]
async fn an_unknown_profile_ends_the_start_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();

    let output = super::support::command(folder.path()).env("TABKEY_SESSION__PROFILE", "bank").output().unwrap();

    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("session.profile") && said.contains("standard, banking or tab"), "{said}");
}
