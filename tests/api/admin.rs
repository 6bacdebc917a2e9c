//! What an admin sees and does.

use serde_json::Value;

use super::support::{Browser, PASSWORD, TestApp, until};

/// A server with an admin, whose token says so.
async fn with_admin(settings: &[(&str, &str)]) -> (TestApp, Browser) {
    let app = TestApp::with(settings);
    let mut admin = app.signed_up("admin@example.org").await;
    assert!(app.command(&["user", "grant", "admin@example.org", "admin"]).status.success());
    until(async || admin.who_am_i().await, |reply| reply.status == 401).await;
    assert_eq!(admin.refresh().await.status, 200);
    (app, admin)
}

async fn id(browser: &mut Browser) -> String {
    browser.who_am_i().await.body["id"].as_str().expect("an id").to_owned()
}

fn emails(page: &Value) -> Vec<&str> {
    page["accounts"].as_array().expect("accounts").iter().map(|one| one["email"].as_str().unwrap()).collect()
}

async fn log(admin: &mut Browser, query: &str) -> Vec<Value> {
    let reply = admin.get(&format!("/api/admin/log?{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["lines"].as_array().expect("lines").clone()
}

#[tokio::test]
async fn a_blocked_account_is_dark_at_once_and_comes_back_when_it_is_let_in() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut bob = app.signed_up("bob@example.org").await;
    let bobs = id(&mut bob).await;

    let reply = admin.post("/api/admin/block", &[("id", &bobs)]).await;

    assert_eq!((reply.status, reply.text.as_str()), (200, r#"{"revoked":1}"#));
    let dark = bob.who_am_i().await;
    assert_eq!((dark.failure(), &dark.body["reason"]), ((401, "session_ended"), &"blocked".into()));
    assert_eq!(app.browser().sign_in("bob@example.org", PASSWORD).await.body["reason"], "blocked");
    assert!(admin.get(&format!("/api/admin/user?id={bobs}")).await.body["account"]["blocked_at"].is_i64());

    assert_eq!(admin.post("/api/admin/unblock", &[("id", &bobs)]).await.text, r#"{"changed":true}"#);
    assert_eq!(admin.post("/api/admin/unblock", &[("id", &bobs)]).await.text, r#"{"changed":false}"#);
    assert_eq!(bob.sign_in("bob@example.org", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn signing_out_ends_every_session_at_once() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut first = app.signed_up("bob@example.org").await;
    let mut second = app.signed_in("bob@example.org").await;
    let bobs = id(&mut first).await;

    let reply = admin.post("/api/admin/sign_out", &[("id", &bobs)]).await;

    assert_eq!(reply.text, r#"{"revoked":2}"#);
    for browser in [&mut first, &mut second] {
        assert_eq!(browser.who_am_i().await.body["reason"], "revoked");
    }
    assert_eq!(first.sign_in("bob@example.org", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn signing_in_again_waits_for_the_next_refresh_and_for_a_new_sign_in() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut bob = app.signed_up("bob@example.org").await;
    let bobs = id(&mut bob).await;

    assert_eq!(admin.post("/api/admin/sign_in_again", &[("id", &bobs)]).await.status, 200);

    assert_eq!(bob.who_am_i().await.status, 200, "what is under way goes on");
    let over = bob.refresh().await;
    assert_eq!((over.failure(), &over.body["reason"]), ((401, "session_ended"), &"expired".into()));
    assert_eq!(bob.who_am_i().await.failure(), (401, "session_ended"));
    assert_eq!(bob.sign_in("bob@example.org", PASSWORD).await.status, 200);
    assert_eq!(bob.refresh().await.status, 200);
    assert_eq!(bob.refresh().await.status, 200);
}

#[tokio::test]
async fn a_page_of_who_must_sign_in_again_says_so_and_a_proof_in_time_keeps_the_session() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut late = app.signed_up("bob@example.org").await;
    let mut prompt = app.signed_in("bob@example.org").await;
    let bobs = id(&mut late).await;
    admin.post("/api/admin/sign_in_again", &[("id", &bobs)]).await;

    assert_eq!(prompt.post("/api/step_up", &[("password", PASSWORD)]).await.status, 200);

    assert_eq!(prompt.refresh().await.status, 200);
    late.token = None;
    let page = late.get("/devices").await;
    assert_eq!(page.status, 302);
    assert_eq!(late.refresh().await.body["reason"], "expired");
}

#[tokio::test]
async fn roles_are_given_and_taken_and_heard_within_a_second() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut bob = app.signed_up("bob@example.org").await;
    let bobs = id(&mut bob).await;

    let form = [("id", bobs.as_str()), ("role", "admin")];
    assert_eq!(admin.post("/api/admin/grant_role", &form).await.text, r#"{"changed":true}"#);
    until(async || bob.who_am_i().await, |reply| reply.status == 401).await;
    assert_eq!(bob.refresh().await.body["user"]["roles"], serde_json::json!(["admin"]));
    assert_eq!(bob.get("/api/admin/users").await.status, 200);

    assert_eq!(admin.post("/api/admin/revoke_role", &form).await.text, r#"{"changed":true}"#);
    assert_eq!(admin.post("/api/admin/revoke_role", &form).await.text, r#"{"changed":false}"#);
    let bad = admin.post("/api/admin/grant_role", &[("id", &bobs), ("role", "Not A Role")]).await;
    assert_eq!((bad.status, &bad.body["fields"]["role"]), (422, &"malformed".into()));
}

#[tokio::test]
async fn an_admin_can_neither_block_themself_nor_leave_nobody_who_could_undo_it() {
    let (app, mut admin) = with_admin(&[]).await;
    let mine = id(&mut admin).await;

    let block = admin.post("/api/admin/block", &[("id", &mine)]).await;
    let form = [("id", mine.as_str()), ("role", "admin")];
    let last = admin.post("/api/admin/revoke_role", &form).await;

    assert_eq!((block.status, &block.body["fields"]["id"]), (422, &"yourself".into()));
    assert_eq!((last.status, &last.body["fields"]["role"]), (422, &"last_admin".into()));
    // A blocked one is none who could.
    let mut bob = app.signed_up("bob@example.org").await;
    let bobs = id(&mut bob).await;
    admin.post("/api/admin/grant_role", &[("id", &bobs), ("role", "admin")]).await;
    admin.post("/api/admin/block", &[("id", &bobs)]).await;
    assert_eq!(admin.post("/api/admin/revoke_role", &form).await.status, 422);
    admin.post("/api/admin/unblock", &[("id", &bobs)]).await;
    assert_eq!(admin.post("/api/admin/revoke_role", &form).await.text, r#"{"changed":true}"#);
}

#[tokio::test]
async fn two_admins_who_take_the_role_from_each_other_leave_one() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut bob = app.signed_up("bob@example.org").await;
    let (mine, bobs) = (id(&mut admin).await, id(&mut bob).await);
    admin.post("/api/admin/grant_role", &[("id", &bobs), ("role", "admin")]).await;
    until(async || bob.who_am_i().await, |reply| reply.status == 401).await;
    bob.refresh().await;

    let one = [("id", bobs.as_str()), ("role", "admin")];
    let other = [("id", mine.as_str()), ("role", "admin")];
    tokio::join!(admin.post("/api/admin/revoke_role", &one), bob.post("/api/admin/revoke_role", &other));

    let admins = "SELECT count(*) FROM user_roles WHERE role = 'admin'";
    assert_eq!(app.database().await.one::<i64>(admins).await, 1);
}

#[tokio::test]
async fn what_an_admin_does_needs_a_recent_proof_of_the_password() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut bob = app.signed_up("bob@example.org").await;
    let bobs = id(&mut bob).await;
    app.database().await.run("UPDATE sessions SET proved_at = proved_at - 3600000").await;
    admin.refresh().await;

    for path in ["block", "unblock", "sign_out", "sign_in_again", "grant_role", "revoke_role"] {
        let form = [("id", bobs.as_str()), ("role", "clerk")];
        let form = if path.ends_with("role") { &form[..] } else { &form[..1] };
        let reply = admin.post(&format!("/api/admin/{path}"), form).await;
        assert_eq!(reply.failure(), (403, "step_up_required"), "{path}");
    }

    assert_eq!(admin.get("/api/admin/users").await.status, 200, "looking does not");
    assert_eq!(bob.who_am_i().await.status, 200);
    admin.post("/api/step_up", &[("password", PASSWORD)]).await;
    assert_eq!(admin.post("/api/admin/block", &[("id", &bobs)]).await.status, 200);
}

#[tokio::test]
async fn the_log_says_who_did_what_to_whom_and_on_the_command_line_that_it_was_there() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut bob = app.signed_up("bob@example.org").await;
    let bobs = id(&mut bob).await;
    for (path, role) in [("block", None), ("unblock", None), ("grant_role", Some("clerk")), ("sign_in_again", None)] {
        let mut form = vec![("id", bobs.as_str())];
        form.extend(role.map(|role| ("role", role)));
        assert_eq!(admin.post(&format!("/api/admin/{path}"), &form).await.status, 200, "{path}");
    }
    app.command(&["user", "sign-in-again", "bob@example.org"]);

    let lines = log(&mut admin, "user=bob%40example.org").await;

    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["sign_in_again", "sign_in_again", "role_granted", "unblocked", "blocked", "signed_up"]);
    assert_eq!((&lines[0]["actor"], &lines[0]["device"]), (&Value::Null, &"command line".into()));
    for line in &lines[1..5] {
        assert_eq!((&line["actor"], &line["email"]), (&"admin@example.org".into(), &"bob@example.org".into()));
        assert_eq!(line["address"], "127.0.0.1");
    }
    assert_eq!(lines[2]["detail"], "clerk");
    let lines = log(&mut admin, "kind=blocked").await;
    assert_eq!(lines.len(), 1);
    assert!(log(&mut admin, "kind=blocked&user=admin%40example.org").await.is_empty());
    assert!(log(&mut admin, "user=nobody%40example.org").await.is_empty());
    assert_eq!(admin.get("/api/admin/log?kind=Evil%20kind").await.status, 422);
}

#[tokio::test]
async fn accounts_are_found_by_how_their_name_or_address_begins_in_either_case() {
    let (app, mut admin) = with_admin(&[]).await;
    for (email, name) in
        [("ann@example.org", "Zoe Bee"), ("bob@example.org", "Ärzte 100%"), ("cy_d@example.org", "annika")]
    {
        let mut browser = app.browser();
        let form = [("email", email), ("password", PASSWORD), ("display_name", name)];
        assert_eq!(browser.post("/api/sign_up", &form).await.status, 200);
    }

    for (search, found) in [
        ("ANN", &["cy_d@example.org", "ann@example.org", "admin@example.org"][..]),
        ("zoe", &["ann@example.org"]),
        ("%C3%A4rz", &["bob@example.org"]),
        ("cy_d", &["cy_d@example.org"]),
        ("c%25", &[]),
        ("nn", &[]),
        ("example", &[]),
    ] {
        let page = admin.get(&format!("/api/admin/users?search={search}")).await;
        assert_eq!(emails(&page.body), found, "{search}");
    }
    assert_eq!(admin.get(&format!("/api/admin/users?search={}", "a".repeat(101))).await.status, 422);
}

#[tokio::test]
async fn every_account_is_on_one_page_only_in_each_order() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut database = app.database().await;
    for n in 0..120 {
        // Many share a time: the id decides.
        let id = format!("01890a5dac967{n:03}bcceb302099a8057");
        let id = if super::support::is_postgres() { format!("'{id}'") } else { format!("x'{id}'") };
        let values = format!("({id}, 'p{n:03}@example.org', 'P {n}', 'x', {}, {})", 1_000 + n, 5_000 + n / 50);
        database
            .run(&format!(
                "INSERT INTO users (id, email, display_name, password_hash, created_at, last_used_at) VALUES {values}"
            ))
            .await;
    }

    for sort in ["created", "email", "last_used"] {
        let (mut seen, mut after, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = admin.get(&format!("/api/admin/users?sort={sort}&after={after}")).await;
            assert_eq!(page.status, 200, "{}", page.body);
            seen.extend(emails(&page.body).into_iter().map(str::to_owned));
            pages += 1;
            match page.body["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        assert_eq!((pages, seen.len()), (3, 121), "{sort}");
        let first_of_ours = if sort == "email" { "p000@example.org" } else { "p119@example.org" };
        assert_eq!((seen[0].as_str(), seen[1].as_str()), ("admin@example.org", first_of_ours), "{sort}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 121, "{sort}");
    }
    for bad in ["sort=evil", "after=rubbish", "sort=last_used&after=1.x"] {
        assert_eq!(admin.get(&format!("/api/admin/users?{bad}")).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn a_search_that_finds_a_hundred_thousand_accounts_reads_a_tenth_of_them() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut database = app.database().await;
    let id = if super::support::is_postgres() {
        "CAST('01890a5d-ac96-774b-bcce-' || lpad(CAST(n AS text), 12, '0') AS uuid)"
    } else {
        "CAST(printf('%016d', n) AS BLOB)"
    };
    database
        .run(&format!(
            "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 100000)
             INSERT INTO users (id, email, display_name, password_hash, created_at, last_used_at)
             SELECT {id}, 'p' || n || '@example.org', 'Person ' || n, 'x', n, n FROM many"
        ))
        .await;

    for query in ["sort=created", "sort=email", "sort=last_used", "search=p", "search=person%2077&sort=last_used"] {
        let page = admin.get(&format!("/api/admin/users?{query}")).await;
        assert_eq!((page.status, emails(&page.body).len()), (200, 50), "{query}");
    }
    // What it reads shows in what it finds: the newest of the first ten thousand, and not p99999 of all.
    let newest = admin.get("/api/admin/users?search=p&sort=created").await;
    assert!(emails(&newest.body)[1].starts_with("p1"), "{:?}", emails(&newest.body));
}

#[tokio::test]
async fn the_overview_counts_who_is_here_and_how_busy_it_is() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut bob = app.signed_up("bob@example.org").await;
    app.signed_in("bob@example.org").await;
    app.browser().sign_in("bob@example.org", "not the password at all").await;
    let mut gone = app.signed_up("gone@example.org").await;
    gone.sign_out().await;

    let reply = admin.get("/api/admin/overview").await;

    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!((&reply.body["sessions"], &reply.body["online_count"]), (&3.into(), &2.into()));
    assert_eq!(reply.body["online"].as_array().unwrap().len(), 2);
    let minutes = reply.body["minutes"].as_array().unwrap();
    let sum = |name: &str| minutes.iter().map(|minute| minute[name].as_i64().unwrap()).sum::<i64>();
    assert_eq!((minutes.len(), sum("sign_ins"), sum("refusals")), (30, 4, 1));

    app.database().await.run("UPDATE sessions SET last_used_at = last_used_at - 400000").await;
    bob.token = None;
    assert_eq!(admin.get("/api/admin/overview").await.body["online_count"], 0);
}

#[tokio::test]
async fn an_account_is_shown_with_its_devices_and_its_last_lines_and_no_secret() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut bob = app.signed_up("bob@example.org").await;
    let bobs = id(&mut bob).await;

    let reply = admin.get(&format!("/api/admin/user?id={bobs}")).await;

    assert_eq!(reply.body["account"]["email"], "bob@example.org");
    assert_eq!(reply.body["devices"].as_array().unwrap().len(), 1);
    assert_eq!(reply.body["log"][0]["kind"], "signed_up");
    assert!(!reply.text.contains("argon2"));
    let unknown = admin.get("/api/admin/user?id=01890a5d-ac96-774b-bcce-b302099a8057").await;
    assert_eq!(unknown.failure(), (404, "not_found"));
    assert_eq!(admin.get("/api/admin/user?id=rubbish").await.status, 422);
}

#[tokio::test]
async fn an_admins_session_is_seen_as_used_to_the_minute() {
    let (app, mut admin) = with_admin(&[]).await;
    let mut database = app.database().await;
    database.run("UPDATE users SET last_used_at = 1").await;
    database.run("UPDATE sessions SET last_used_at = last_used_at - 120000").await;

    // A fresh process knows of no earlier use.
    let app = app.restart("-TERM");
    admin.move_to(&app.base);
    admin.who_am_i().await;

    let mut database = app.database().await;
    let used = "SELECT last_used_at FROM users";
    assert!(until(async || database.one::<i64>(used).await, |at| *at > 1).await > 1);
}
