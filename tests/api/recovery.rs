//! A forgotten password, an address that is confirmed and changed, and "this wasn't me".

use crate::support::{Browser, PASSWORD, Reply, TestApp, until};

const RESET: &str = "Choose a new password";
const NEW: &str = "eight blue doors hum";

async fn ask(app: &TestApp, email: &str) {
    let reply = app.browser().post("/api/forgot_password", &[("email", email)]).await;
    assert_eq!((reply.status, reply.text.as_str()), (200, "{}"));
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_mail_and_ends_every_session() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    ask(&app, "Ann@Example.org").await;
    let token = app.mail("ann@example.org", RESET).await.token();

    let mut stranger = app.browser();
    let weak = stranger.post("/api/reset_password", &[("token", &token), ("new_password", "short")]).await;
    assert_eq!((weak.status, weak.body["fields"]["new_password"].as_str()), (422, Some("too_short")));
    let done = stranger.post("/api/reset_password", &[("token", &token), ("new_password", NEW)]).await;
    assert_eq!((done.status, done.text.as_str()), (200, r#"{"revoked":1}"#));
    assert!(done.cookies.is_empty());

    assert_eq!(ann.who_am_i().await.body["reason"], "password_changed");
    assert_eq!(app.browser().sign_in("ann@example.org", PASSWORD).await.status, 401);
    assert_eq!(app.browser().sign_in("ann@example.org", NEW).await.status, 200);
    let again = stranger.post("/api/reset_password", &[("token", &token), ("new_password", NEW)]).await;
    assert_eq!((again.status, again.text.as_str()), (410, r#"{"code":"link_invalid","why":"used"}"#));
    app.mail("ann@example.org", "Your password was changed").await;
}

#[tokio::test]
async fn nobody_learns_whether_an_account_exists() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;
    ask(&app, "nobody@example.org").await;
    ask(&app, "ann@example.org").await;

    app.mail("ann@example.org", RESET).await;

    assert!(app.outbox().iter().all(|mail| mail.to == "ann@example.org"));
    let malformed = app.browser().post("/api/forgot_password", &[("email", "nobody")]).await;
    assert_eq!((malformed.status, malformed.body["fields"]["email"].as_str()), (422, Some("malformed")));
}

#[tokio::test]
async fn ten_requests_send_three_mails_and_answer_all_the_same() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;
    for _ in 0..10 {
        ask(&app, "ann@example.org").await;
    }
    // Later than all of them in the queue.
    app.signed_up("bob@example.org").await;
    app.mail("bob@example.org", "Confirm your email address").await;

    app.mails("ann@example.org", RESET, 3).await;
}

#[tokio::test]
async fn links_that_are_altered_foreign_or_too_old_say_so() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;
    ask(&app, "ann@example.org").await;
    let token = app.mail("ann@example.org", RESET).await.token();
    let foreign = app.mail("ann@example.org", "Confirm your email address").await.token();
    let mut browser = app.browser();
    let mut altered = token.clone();
    altered.replace_range(..1, if token.starts_with('A') { "B" } else { "A" });

    for bad in ["", "rubbish", &altered, &foreign, &token[1..]] {
        let reply = browser.post("/api/reset_password", &[("token", bad), ("new_password", NEW)]).await;
        assert_eq!((reply.status, reply.body["why"].as_str()), (410, Some("unknown")), "{bad}");
    }
    app.database().await.run("UPDATE links SET expires_at = created_at").await;
    let reply = browser.post("/api/reset_password", &[("token", &token), ("new_password", NEW)]).await;
    assert_eq!(reply.text, r#"{"code":"link_invalid","why":"expired"}"#);
    assert_eq!(app.browser().sign_in("ann@example.org", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn of_a_link_the_database_holds_only_the_hash() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;
    ask(&app, "ann@example.org").await;
    let token = app.mail("ann@example.org", RESET).await.token();

    let dump = app.database().await.dump(app.folder.path()).await;

    assert!(!String::from_utf8_lossy(&dump).contains(&token) && !app.log().contains(&token));
}

#[tokio::test]
async fn links_lead_to_the_configured_origin_whatever_host_a_request_names() {
    let app = TestApp::with(&[("SERVER__PUBLIC_URL", "https://app.example.org")]);
    app.signed_up("ann@example.org").await;

    let mail = app.mail("ann@example.org", "Confirm your email address").await;

    assert!(mail.link().starts_with("https://app.example.org/verify-email?token="), "{}", mail.link());
}

#[tokio::test]
async fn an_address_is_confirmed_by_a_link() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    assert_eq!(ann.get("/api/account").await.body["email_verified"], false);
    let token = app.mail("ann@example.org", "Confirm your email address").await.token();

    let reply = app.browser().post("/api/verify_email", &[("token", &token)]).await;

    assert_eq!((reply.status, reply.text.as_str()), (200, "{}"));
    assert_eq!(ann.get("/api/account").await.body["email_verified"], true);
    assert_eq!(ann.post("/api/verify_email/ask", &[]).await.status, 200);
    app.mails("ann@example.org", "Confirm your email address", 2).await;
}

#[tokio::test]
async fn an_address_is_changed_from_the_new_one_and_the_old_one_can_take_it_back() {
    let app = TestApp::start();
    let mut ann = app.confirmed("ann@example.org").await;
    assert_eq!(ann.post("/api/change_email", &[("email", "new@example.org")]).await.text, "{}");
    let token = app.mail("new@example.org", "Confirm your new email address").await.token();
    assert_eq!(ann.who_am_i().await.body["email"], "ann@example.org", "nothing changes before the link is used");

    assert_eq!(app.browser().post("/api/change_email/confirm", &[("token", &token)]).await.text, "{}");

    assert_eq!(app.browser().sign_in("ann@example.org", PASSWORD).await.status, 401);
    let mut thief = app.signed_in("new@example.org").await;
    assert_eq!(ann.who_am_i().await.body["email"], "new@example.org");
    let back = app.mail("ann@example.org", "Your email address was changed").await.token();
    let reply = app.browser().post("/api/change_email/undo", &[("token", &back)]).await;
    assert_eq!((reply.status, &reply.body["revoked"]), (200, &2.into()));
    assert_eq!(thief.who_am_i().await.failure().0, 401);
    assert_eq!(ann.refresh().await.failure().0, 401);
    new_password_by(&app, &reply).await;
    assert_eq!(app.browser().sign_in("ann@example.org", NEW).await.status, 200);
}

/// Chooses a new password with the token of a reply to "take it back" or "this wasn't me".
async fn new_password_by(app: &TestApp, reply: &Reply) {
    let token = reply.body["token"].as_str().expect("a token");
    let done = app.browser().post("/api/reset_password", &[("token", token), ("new_password", NEW)]).await;
    assert_eq!(done.status, 200, "{}", done.text);
}

#[tokio::test]
async fn who_knows_the_password_of_an_account_that_is_made_safe_is_not_back_before_its_owner() {
    for way in ["/api/change_email/undo", "/api/not_me"] {
        let app = TestApp::start();
        let mut owner = app.confirmed("ann@example.org").await;
        let firefox = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
        let mut thief = app.browser().with_user_agent(firefox);
        assert_eq!(thief.sign_in("ann@example.org", PASSWORD).await.status, 200);
        let token = match way {
            "/api/not_me" => app.mail("ann@example.org", "A new device signed in").await.token(),
            _ => changed(&app, &mut thief, "ann@example.org", "thief@example.org").await,
        };

        let reply = app.browser().post(way, &[("token", &token)]).await;

        assert_eq!(reply.status, 200, "{way}");
        assert_eq!(app.browser().sign_in("ann@example.org", PASSWORD).await.failure(), (401, "wrong_credentials"));
        if way == "/api/not_me" {
            // A device of theirs that stays cannot be used by who knows the password either.
            let form = [("current_password", PASSWORD), ("new_password", NEW)];
            assert_eq!(owner.post("/api/change_password", &form).await.body["fields"]["current_password"], "wrong");
        }
        new_password_by(&app, &reply).await;
        assert_eq!(app.browser().sign_in("ann@example.org", NEW).await.status, 200, "{way}");
    }
}

/// Asks for another address, and answers the token of the link that goes there.
async fn asked_to_change(app: &TestApp, browser: &mut Browser, to: &str) -> String {
    assert_eq!(browser.post("/api/change_email", &[("email", to)]).await.text, "{}");
    app.mail(to, "Confirm your new email address").await.token()
}

/// The same, and uses it; answers the token by which `from` can take it back.
async fn changed(app: &TestApp, browser: &mut Browser, from: &str, to: &str) -> String {
    let token = asked_to_change(app, browser, to).await;
    assert_eq!(app.browser().post("/api/change_email/confirm", &[("token", &token)]).await.text, "{}");
    app.mail(from, "Your email address was changed").await.token()
}

async fn is_void(app: &TestApp, path: &str, token: &str) -> bool {
    let form = [("token", token), ("new_password", NEW)];
    let form = if path == "/api/reset_password" { &form[..] } else { &form[..1] };
    app.browser().post(path, form).await.failure() == (410, "link_invalid")
}

#[tokio::test]
async fn who_took_an_account_over_is_left_no_link_to_it_once_the_address_is_taken_back() {
    let app = TestApp::start();
    let mut thief = app.confirmed("ann@example.org").await;
    let back = changed(&app, &mut thief, "ann@example.org", "thief@example.org").await;
    ask(&app, "thief@example.org").await;
    let reset = app.mail("thief@example.org", RESET).await.token();
    let firefox = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
    let mut elsewhere = app.browser().with_user_agent(firefox);
    assert_eq!(elsewhere.sign_in("thief@example.org", PASSWORD).await.status, 200);
    let not_me = app.mail("thief@example.org", "A new device signed in").await.token();
    let thiefs_back = changed(&app, &mut thief, "thief@example.org", "third@example.org").await;
    let fourth = asked_to_change(&app, &mut thief, "fourth@example.org").await;

    let reply = app.browser().post("/api/change_email/undo", &[("token", &back)]).await;

    assert_eq!(reply.status, 200);
    assert!(is_void(&app, "/api/change_email/undo", &thiefs_back).await);
    assert!(is_void(&app, "/api/change_email/confirm", &fourth).await);
    assert!(is_void(&app, "/api/not_me", &not_me).await);
    assert!(is_void(&app, "/api/reset_password", &reset).await);
    new_password_by(&app, &reply).await;
    assert_eq!(app.browser().sign_in("ann@example.org", NEW).await.status, 200);
}

#[tokio::test]
async fn a_later_address_that_is_taken_back_first_leaves_the_first_owner_theirs() {
    let app = TestApp::start();
    let mut thief = app.confirmed("ann@example.org").await;
    let back = changed(&app, &mut thief, "ann@example.org", "thief@example.org").await;
    let thiefs_back = changed(&app, &mut thief, "thief@example.org", "third@example.org").await;

    assert_eq!(app.browser().post("/api/change_email/undo", &[("token", &thiefs_back)]).await.status, 200);
    let reply = app.browser().post("/api/change_email/undo", &[("token", &back)]).await;

    new_password_by(&app, &reply).await;
    assert_eq!(app.browser().sign_in("ann@example.org", NEW).await.status, 200);
}

#[tokio::test]
async fn an_address_that_was_asked_for_before_the_account_was_made_safe_is_worth_nothing_after() {
    for way in ["change_password", "reset_password", "not_me", "activity"] {
        let app = TestApp::start();
        let mut ann = app.confirmed("ann@example.org").await;
        let firefox = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
        let mut thief = app.browser().with_user_agent(firefox);
        assert_eq!(thief.sign_in("ann@example.org", PASSWORD).await.status, 200);
        let token = asked_to_change(&app, &mut thief, "thief@example.org").await;

        let made_safe = match way {
            "change_password" => {
                let form = [("current_password", PASSWORD), ("new_password", NEW)];
                ann.post("/api/change_password", &form).await
            }
            "reset_password" => {
                ask(&app, "ann@example.org").await;
                let token = app.mail("ann@example.org", RESET).await.token();
                app.browser().post("/api/reset_password", &[("token", &token), ("new_password", NEW)]).await
            }
            "not_me" => {
                let token = app.mail("ann@example.org", "A new device signed in").await.token();
                app.browser().post("/api/not_me", &[("token", &token)]).await
            }
            _ => {
                let log = ann.get("/api/activity").await;
                let line = log.body.as_array().expect("lines").iter().find(|line| line["kind"] == "signed_in");
                let id = line.expect("the thief's sign-in")["id"].to_string();
                ann.post("/api/activity/not_me", &[("id", &id)]).await
            }
        };

        assert_eq!(made_safe.status, 200, "{way}: {}", made_safe.text);
        assert!(is_void(&app, "/api/change_email/confirm", &token).await, "{way}");
    }
}

#[tokio::test]
async fn nobody_fills_a_mailbox_by_changing_their_address_again_and_again() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    for count in 1..=3 {
        assert_eq!(ann.post("/api/change_email", &[("email", "victim@example.org")]).await.status, 200);
        app.mails("victim@example.org", "Confirm your new email address", count).await;
    }

    let reply = ann.post("/api/change_email", &[("email", "victim@example.org")]).await;

    assert_eq!((reply.failure(), &reply.body["retry_after"]), ((429, "too_many_attempts"), &3_600.into()));
}

#[tokio::test]
async fn an_address_that_has_an_account_is_not_taken_over() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    app.signed_up("bob@example.org").await;
    assert_eq!(ann.post("/api/change_email", &[("email", "BOB@example.org")]).await.text, "{}");
    let token = app.mail("bob@example.org", "Confirm your new email address").await.token();

    let reply = app.browser().post("/api/change_email/confirm", &[("token", &token)]).await;

    assert_eq!(reply.failure(), (409, "email_taken"));
    assert_eq!(ann.who_am_i().await.body["email"], "ann@example.org");
    // Cyrillic letters that look like Latin ones are no address at all.
    let lookalike = ann.post("/api/change_email", &[("email", "\u{430}nn@example.org")]).await;
    assert_eq!((lookalike.status, lookalike.body["fields"]["email"].as_str()), (422, Some("malformed")));
}

#[tokio::test]
async fn a_new_device_is_told_of_and_can_be_disowned_without_signing_in() {
    let app = TestApp::start();
    app.confirmed("admin@example.org").await;
    assert!(app.command(&["user", "grant", "admin@example.org", "admin"]).status.success());
    let mut ann = app.confirmed("ann@example.org").await;
    // The same device again is no news.
    app.signed_in("ann@example.org").await;
    let mut thief =
        app.browser().with_user_agent("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0");
    assert_eq!(thief.sign_in("ann@example.org", PASSWORD).await.status, 200);
    let mail = app.mail("ann@example.org", "A new device signed in").await;
    assert!(mail.text.contains("Firefox on Windows"), "{}", mail.text);

    let reply = app.browser().post("/api/not_me", &[("token", &mail.token())]).await;

    assert_eq!((reply.status, &reply.body["revoked"]), (200, &1.into()));
    assert_eq!(thief.who_am_i().await.body["reason"], "revoked");
    assert_eq!(ann.who_am_i().await.status, 200);
    new_password_by(&app, &reply).await;
    app.mail("admin@example.org", "Somebody reports that it was not them").await;
    let again = app.browser().post("/api/not_me", &[("token", &mail.token())]).await;
    assert_eq!(again.failure(), (410, "link_invalid"));
}

#[tokio::test]
async fn one_owner_sees_their_own_log_and_disowns_a_line_of_it() {
    let app = TestApp::start();
    let mut bob = app.signed_up("bob@example.org").await;
    let mut ann = app.signed_up("ann@example.org").await;
    app.browser().sign_in("ann@example.org", "a wrong guess of it").await;
    let mut thief = app.signed_in("ann@example.org").await;

    let log = ann.get("/api/activity").await;

    let kinds: Vec<&str> =
        log.body.as_array().expect("lines").iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["signed_in", "sign_in_failed", "signed_up"]);
    let line = log.body[0]["id"].to_string();
    assert_eq!(bob.post("/api/activity/not_me", &[("id", &line)]).await.failure(), (404, "not_found"));
    assert_eq!(ann.post("/api/activity/not_me", &[("id", &line)]).await.text, r#"{"revoked":1}"#);
    assert_eq!(thief.who_am_i().await.failure(), (401, "session_ended"));
    assert_eq!(ann.who_am_i().await.status, 200);
    let older = ann.get(&format!("/api/activity?before={line}")).await;
    assert_eq!(older.body.as_array().map(Vec::len), Some(2));
    assert_eq!(ann.get("/api/activity?before=x").await.status, 422);
}

#[tokio::test]
async fn a_person_gets_a_copy_of_all_that_is_kept_and_nothing_that_signs_in() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;

    let copy = ann.get("/api/account/export").await;

    assert_eq!(copy.body["account"]["email"], "ann@example.org");
    assert_eq!(copy.body["sessions"].as_array().map(Vec::len), Some(1));
    assert!(copy.body["sessions"][0]["user_agent"].is_string(), "{}", copy.text);
    assert_eq!((&copy.body["sessions_left_out"], &copy.body["log_left_out"]), (&0.into(), &0.into()));
    assert!(copy.body["account"].get("delete_at").is_some() && copy.body["account"].get("sign_in_after").is_some());
    assert!(copy.body["log"].as_array().is_some_and(|log| log.len() >= 2));
    assert!(!copy.text.contains("argon2") && !copy.text.contains(ann.token.as_deref().expect("a token")));
}

#[tokio::test]
async fn an_account_that_is_to_go_is_kept_by_signing_in() {
    let app = TestApp::start();
    let mut ann = app.confirmed("ann@example.org").await;

    let reply = ann.post("/api/account/delete", &[]).await;

    assert!(reply.body["delete_at"].as_i64().is_some_and(|at| at > 0), "{}", reply.text);
    assert!(ann.jar.is_empty());
    assert_eq!(ann.who_am_i().await.failure(), (401, "session_ended"));
    app.mail("ann@example.org", "Your account will be deleted").await;
    let mut kept = app.signed_in("ann@example.org").await;
    let log = kept.get("/api/activity").await;
    assert!(log.text.contains("deletion_stopped"), "{}", log.text);
}

#[tokio::test]
async fn an_account_whose_time_has_come_is_gone_and_its_log_names_nobody() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    app.mail("ann@example.org", "Confirm your email address").await;
    // What she did to somebody else, who is gone too.
    let mut bob = app.signed_up("bob@example.org").await;
    app.mail("bob@example.org", "Confirm your email address").await;
    assert!(app.command(&["user", "grant", "ann@example.org", "admin"]).status.success());
    assert_eq!(ann.refresh().await.status, 200);
    let id = crate::support::claims(bob.token.as_deref().expect("a token"))["sub"].as_str().expect("a user").to_owned();
    let granted = ann.post("/api/admin/grant_role", &[("id", &id), ("role", "clerk")]).await;
    assert_eq!(granted.status, 200, "{}", granted.text);
    assert_eq!(bob.refresh().await.status, 200);
    assert_eq!(bob.post("/api/account/delete", &[]).await.status, 200);
    let mine =
        crate::support::claims(ann.token.as_deref().expect("a token"))["sub"].as_str().expect("a user").to_owned();
    // The last admin stays until there is another one.
    let refused = ann.post("/api/account/delete", &[]).await;
    assert_eq!((refused.status, &refused.body["fields"]["account"]), (422, &"last_admin".into()));
    assert!(app.command(&["user", "revoke-role", "ann@example.org", "admin"]).status.success());
    assert_eq!(ann.refresh().await.status, 200);
    assert_eq!(ann.post("/api/account/delete", &[]).await.status, 200);
    let mut database = app.database().await;
    // The days of grace pass, and the minutes that a token may live.
    database.run("UPDATE users SET delete_at = 1; UPDATE revocations SET until = 1").await;
    // Clean-up runs at each start.
    let _node = app.another_node();
    let accounts = async || app.database().await.one::<i64>("SELECT count(*) FROM users").await;

    assert_eq!(until(accounts, |accounts| *accounts == 0).await, 0);

    assert!(database.one::<i64>("SELECT count(*) FROM security_events").await >= 2);
    let telling =
        "SELECT count(*) FROM security_events WHERE device IS NOT NULL OR address IS NOT NULL OR detail IS NOT NULL";
    assert_eq!(database.one::<i64>(telling).await, 0);
    assert_eq!(database.one::<i64>("SELECT count(*) FROM sessions").await, 0);
    assert_eq!(database.one::<i64>("SELECT count(*) FROM security_events WHERE actor_id IS NOT NULL").await, 1);
    drop(database);
    let bytes = uuid::Uuid::parse_str(&mine).expect("an id").into_bytes();
    let told = [mine.as_bytes(), &bytes, b"ann@example.org", b"Ann Lee"];
    let tells = |dump: &[u8]| told.iter().any(|told| dump.windows(told.len()).any(|part| part == *told));
    let dump = async || app.database().await.dump(app.folder.path()).await;
    // On SQLite the log is folded into the file after that.
    assert!(!tells(&until(dump, |dump| !tells(dump)).await), "nothing of her is left in the files");
    assert_eq!(app.browser().sign_in("ann@example.org", PASSWORD).await.failure(), (401, "wrong_credentials"));
}
