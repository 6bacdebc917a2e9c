//! An ending always ends, whatever the session's age, the settings or the number of sessions.

use std::time::Duration;

use crate::support::{Database, PASSWORD, TestApp, claims, is_postgres, until, until_within};

#[tokio::test]
async fn r45_a_new_session_past_the_cap_ends_the_one_that_was_used_least_of_late() {
    let app = TestApp::with(&[("LIMITS__SESSIONS_PER_ACCOUNT", "3"), ("LIMITS__ENABLED", "false")]);
    let mut oldest = app.signed_up("ann@example.org").await;
    let mut second = app.signed_in("ann@example.org").await;
    let mut third = app.signed_in("ann@example.org").await;
    // Who was there first has been back since.
    let mut database = app.database().await;
    database.run("UPDATE sessions SET last_used_at = last_used_at - 3600000").await;
    database.run("UPDATE sessions SET last_used_at = last_used_at + 3600000 WHERE id = (SELECT id FROM sessions ORDER BY id LIMIT 1)").await;
    database.run("UPDATE sessions SET last_used_at = last_used_at - 1 WHERE id = (SELECT id FROM sessions ORDER BY id LIMIT 1 OFFSET 1)").await;

    let mut fourth = app.signed_in("ann@example.org").await;

    let reply = second.who_am_i().await;
    assert_eq!((reply.failure(), &reply.body["reason"]), ((401, "session_ended"), &"too_many".into()));
    assert_eq!(second.refresh().await.body["reason"], "too_many");
    for stays in [&mut oldest, &mut third, &mut fourth] {
        assert_eq!(stays.who_am_i().await.status, 200);
    }
    assert_eq!(fourth.devices().await.len(), 3);
}

#[tokio::test]
async fn however_many_sessions_there_are_their_end_is_one_row_of_the_feed() {
    let count: usize = std::env::var("ENDING_SESSIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(4_000);
    let app = TestApp::with(&[("LIMITS__ENABLED", "false")]);
    let mut ann = app.signed_up("ann@example.org").await;
    let mut database = app.database().await;
    many_sessions(&mut database, count).await;
    let rows = "SELECT count(*) FROM revocations";
    let before = database.one::<i64>(rows).await;

    let blocked = app.command(&["user", "block", "ann@example.org"]);

    let said = String::from_utf8_lossy(&blocked.stdout).into_owned();
    assert!(said.contains(&format!("blocked, {} sessions ended", count + 1)), "{said}");
    assert_eq!(database.one::<i64>(rows).await, before + 1);
    assert_eq!(database.one::<i64>("SELECT count(*) FROM sessions WHERE ended_at IS NULL").await, 0);
    let reply = until(async || ann.who_am_i().await, |reply| reply.status != 200).await;
    assert_eq!((reply.failure(), &reply.body["reason"]), ((401, "session_ended"), &"blocked".into()));
}

/// Copies of the one session that there is, of whoever signed in often with an earlier version.
async fn many_sessions(database: &mut Database, count: usize) {
    let id = match database {
        Database::Sqlite(_) => "randomblob(16)",
        Database::Postgres(..) => "gen_random_uuid()",
    };
    let columns = "user_id, generation, confirmed, rotated_at, created_at, proved_at, last_used_at, expires_at, idle_limit, remember, name, browser, os, kind, user_agent, address";
    let copies = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO sessions (id, {columns}) SELECT {id}, {columns} FROM (SELECT * FROM sessions LIMIT 1) AS one, n"
    );
    database.run(&copies).await;
}

#[tokio::test]
async fn what_is_over_by_a_limit_can_still_be_ended() {
    let app = TestApp::with(&[("SESSION__IDLE_TIMEOUT", "1s"), ("SESSION__ACCESS_TOKEN_TTL", "60s")]);
    let mut ann = app.signed_up("ann@example.org").await;
    // Idle since long ago, and nobody has looked at it.
    app.database().await.run("UPDATE sessions SET last_used_at = last_used_at - 60000, idle_limit = 1000").await;

    let blocked = app.command(&["user", "block", "ann@example.org"]);

    // Nobody saw that device any more, so that it is not counted; its access token is dead all the same.
    assert!(String::from_utf8_lossy(&blocked.stdout).contains("blocked, 0 sessions ended"));
    let reply = until(async || ann.who_am_i().await, |reply| reply.status != 200).await;
    assert_eq!((reply.failure(), &reply.body["reason"]), ((401, "session_ended"), &"blocked".into()));
}

#[tokio::test]
async fn a_device_past_its_idle_limit_can_be_switched_off_while_its_token_lives() {
    let app = TestApp::with(&[("SESSION__ACCESS_TOKEN_TTL", "60s")]);
    let mut lost = app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    let idle = "UPDATE sessions SET idle_limit = 1000, last_used_at = last_used_at - 60000
                WHERE id = (SELECT id FROM sessions ORDER BY id LIMIT 1)";
    app.database().await.run(idle).await;

    let revoked = kept.post("/api/devices/revoke", &[("id", &lost.session())]).await;

    assert_eq!((revoked.status, revoked.text.as_str()), (200, r#"{"revoked":1}"#));
    assert_eq!(lost.who_am_i().await.body["reason"], "revoked");
    let again = kept.post("/api/devices/revoke", &[("id", &lost.session())]).await;
    assert_eq!(again.failure(), (404, "not_found"));
}

#[tokio::test]
async fn a_lowered_token_life_revives_nothing() {
    let app = TestApp::with(&[("SESSION__ACCESS_TOKEN_TTL", "10m")]);
    let mut lost = app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    let expires = claims(lost.token.as_deref().expect("a token"))["exp"].as_i64().expect("a time");

    let app = app.restart_with("-TERM", &[("SESSION__ACCESS_TOKEN_TTL", "1s")]);
    lost.move_to(&app.base);
    kept.move_to(&app.base);
    assert_eq!(kept.refresh().await.status, 200);
    assert_eq!(kept.post("/api/devices/revoke", &[("id", &lost.session())]).await.status, 200);
    assert_eq!(kept.refresh().await.status, 200);
    assert_eq!(kept.post("/api/devices/revoke_others", &[]).await.status, 200);

    // Each row stays for as long as the longest token that was ever made.
    let until = "SELECT min(until) FROM revocations";
    assert!(app.database().await.one::<i64>(until).await >= expires * 1_000);
    assert_eq!(lost.who_am_i().await.failure(), (401, "session_ended"));
}

#[tokio::test]
async fn r46_an_ending_of_a_reason_that_is_not_known_here_is_an_ending() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    let mut bob = app.signed_up("bob@example.org").await;
    let mut database = app.database().await;
    // As a node of a later version would write it.
    database.run("UPDATE sessions SET ended_at = created_at, end_reason = 'compromised' WHERE user_id = (SELECT id FROM users WHERE email = 'ann@example.org')").await;
    database.run("INSERT INTO revocations (session_id, user_id, reason, at, until) SELECT id, user_id, 'compromised', ended_at, 9000000000000 FROM sessions WHERE ended_at IS NOT NULL").await;

    let reply = until(async || ann.who_am_i().await, |reply| reply.status != 200).await;
    assert_eq!((reply.failure(), &reply.body["reason"]), ((401, "session_ended"), &"revoked".into()));
    assert_eq!(ann.refresh().await.body["reason"], "revoked");
    let page = ann.request(reqwest::Method::GET, "/devices").header("accept", "text/html");
    assert_eq!(ann.send(page).await.status, 302);
    assert_eq!(bob.who_am_i().await.status, 200);
}

#[tokio::test]
async fn more_roles_than_a_token_can_carry_are_refused_and_lock_nobody_out() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    for number in 0..64 {
        let role = format!("r{number:031}");
        assert!(app.command(&["user", "grant", "ann@example.org", &role]).status.success(), "{role}");
    }

    let refused = app.command(&["user", "grant", "ann@example.org", "one-more"]);

    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("64"), "{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(ann.refresh().await.status, 200);
    assert_eq!(ann.who_am_i().await.body["roles"].as_array().map(Vec::len), Some(64));
}

#[tokio::test]
async fn a_lowered_login_age_holds_for_streams_and_proofs_too() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    app.database().await.run("UPDATE sessions SET created_at = created_at - 86400000").await;
    let app = app.restart_with("-TERM", &[("SESSION__MAX_LOGIN_AGE", "1h")]);
    ann.move_to(&app.base);

    let stream = ann.request(reqwest::Method::GET, "/api/events");
    assert_eq!(ann.send(stream).await.body["reason"], "expired");
    let proved = ann.post("/api/step_up", &[("password", PASSWORD)]).await;
    assert_eq!((proved.failure(), &proved.body["reason"]), ((401, "session_ended"), &"expired".into()));
}

#[tokio::test]
async fn a_revocation_does_not_wait_for_a_look_at_anybodys_roles() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::start();
    let other_node = app.another_node();
    let mut lost = app.signed_up("ann@example.org").await;
    // Somebody listens on the other node, whose roles it looks for at a change; nobody can look, for the table is locked.
    let bob = app.signed_up("bob@example.org").await;
    let _stream = bob.clone().moved_to(&other_node).listen().await;
    let mut database = app.database().await;
    database.run("BEGIN; LOCK TABLE user_roles IN ACCESS EXCLUSIVE MODE").await;
    let mut elsewhere = app.database().await;
    elsewhere
        .run("INSERT INTO revocations (user_id, min_claims_version, at, until) SELECT id, 2, 0, 9000000000000 FROM users WHERE email = 'bob@example.org'")
        .await;

    let ended = "INSERT INTO revocations (session_id, user_id, reason, at, until) SELECT id, user_id, 'revoked', 0, 9000000000000 FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = 'ann@example.org')";
    elsewhere.run(ended).await;

    lost.move_to(&other_node.base);
    let dark =
        until_within(Duration::from_secs(1), async || lost.get("/api/account").await.status, |status| *status == 401);
    assert_eq!(dark.await, 401);
    database.unlock().await;
}
