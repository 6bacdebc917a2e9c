//! Uses of sessions, as they come to be written.

use futures::future::join_all;
use tabkey::server::store::{SessionTouch, Store};
use uuid::Uuid;

use super::support::{Database, TestApp, database_address, is_postgres, until};

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// The database of a server that is gone: it would forget what is as old as this.
fn left_behind() -> TestApp {
    let mut app = TestApp::start();
    app.signal("-TERM");
    assert!(app.wait());
    app
}

/// The store of a server's database.
async fn store(app: &TestApp) -> Store {
    let file = || format!("sqlite:{}", app.folder.path().join("data/tabkey.db").display());
    Store::open(&database_address(app.folder.path()).unwrap_or_else(file).into(), None, 2, &Default::default())
        .await
        .expect("it opens")
}

/// As a literal of the database.
fn literal(id: u128) -> String {
    let hex = Uuid::from_u128(id).simple().to_string();
    if is_postgres() { format!("'{hex}'") } else { format!("x'{hex}'") }
}

/// Somebody with a session of the same number: generation 3, last used an hour after the beginning of time, idle for a day
/// at most.
async fn insert(database: &mut Database, n: u128, ended_at: &str) {
    let id = literal(n);
    database
        .run(&format!(
            "INSERT INTO users (id, email, display_name, password_hash, created_at) VALUES ({id}, 'p{n}@example.org', 'P', 'x', 0);
             INSERT INTO sessions (id, user_id, generation, rotated_at, created_at, last_used_at, expires_at, idle_limit, remember,
                                   name, browser, os, kind, user_agent, address, ended_at)
             VALUES ({id}, {id}, 3, 0, 0, {HOUR}, {}, {DAY}, TRUE, '', '', '', '', '', '192.0.2.1', {ended_at})",
            30 * DAY
        ))
        .await;
}

fn touch(n: u128, generation: u32, first_at: i64, last_at: i64) -> SessionTouch {
    let from = "192.0.2.9".parse().expect("an address");
    SessionTouch { id: Uuid::from_u128(n), generation, first_at, last_at, address: from }
}

#[tokio::test]
async fn a_hundred_people_who_come_at_once_are_noted_in_a_handful_of_commits() {
    let app = TestApp::with(&[
        ("LIMITS__ENABLED", "false"),
        ("PASSWORDS__ARGON2_MEMORY_KIB", "64"),
        ("PASSWORDS__ARGON2_ITERATIONS", "1"),
    ]);
    let emails: Vec<_> = (0..100).map(|n| format!("p{n}@example.org")).collect();
    let mut people = Vec::new();
    for some in emails.chunks(10) {
        people.extend(join_all(some.iter().map(|email| app.signed_up(email))).await);
    }

    join_all(people.iter_mut().map(|person| person.who_am_i())).await;

    let mut database = app.database().await;
    until(async || database.one::<i64>("SELECT count(*) FROM sessions WHERE confirmed").await, |noted| *noted == 100)
        .await;
    if is_postgres() {
        let commits = database.one::<i64>("SELECT count(DISTINCT xmin::text) FROM sessions").await;
        assert!(commits <= 20, "{commits} commits");
    }
}

#[tokio::test]
async fn a_set_of_uses_counts_where_one_by_one_each_would() {
    let app = left_behind();
    let mut database = app.database().await;
    for n in 1..=6 {
        insert(&mut database, n, if n == 5 { "7" } else { "NULL" }).await;
    }
    let store = store(&app).await;

    let noted = [
        touch(1, 3, 2 * HOUR, 3 * HOUR),
        // A page by itself, with a token; and one before a refresh that is on record; and a person without a token.
        touch(2, 3, 2 * HOUR, 0),
        touch(3, 2, HOUR, HOUR / 2),
        touch(4, 0, 2 * HOUR, 2 * HOUR),
        // Over, and over by its idle limit, and no longer on record.
        touch(5, 3, 2 * HOUR, 2 * HOUR),
        touch(6, 3, DAY + HOUR, DAY + HOUR),
        touch(7, 3, HOUR, HOUR),
    ];
    let busy = store.save_touches(noted.to_vec()).await.expect("they are written");

    assert!(busy.is_empty());
    for (n, confirmed, used_at, person_used_at, address) in [
        (1, true, 3 * HOUR, 3 * HOUR, "192.0.2.9"),
        (2, true, HOUR, 0, "192.0.2.9"),
        (3, false, HOUR, HOUR / 2, "192.0.2.9"),
        (4, false, 2 * HOUR, 2 * HOUR, "192.0.2.9"),
        (5, false, HOUR, 0, "192.0.2.1"),
        (6, false, HOUR, 0, "192.0.2.1"),
    ] {
        let id = literal(n);
        let sql = format!(
            "SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.id = {id} AND s.confirmed = {confirmed} AND s.last_used_at = {used_at}
               AND u.last_used_at = {person_used_at} AND s.address = '{address}'"
        );
        assert_eq!(database.count(&sql).await, 1, "{n}");
    }
    store.close().await;
}

#[tokio::test]
async fn a_use_waits_for_nobody_and_is_noted_once_the_session_is_free() {
    if !is_postgres() {
        return;
    }
    let app = left_behind();
    let mut database = app.database().await;
    for n in 1..=3 {
        insert(&mut database, n, "NULL").await;
    }
    let store = store(&app).await;
    let mut other = app.database().await;
    let held = Uuid::from_u128(2);
    let person = Uuid::from_u128(1);
    other
        .run(&format!(
            "BEGIN; SELECT id FROM sessions WHERE id = '{held}' FOR UPDATE; SELECT id FROM users WHERE id = '{person}' FOR UPDATE"
        ))
        .await;
    let noted: Vec<_> = (1..=3).map(|n| touch(n, 3, 2 * HOUR, 2 * HOUR)).collect();

    let busy = store.save_touches(noted.clone()).await.expect("they are written");

    assert_eq!(busy, [held]);
    assert_eq!(database.count("SELECT count(*) FROM sessions WHERE confirmed").await, 2);
    assert_eq!(database.count("SELECT count(*) FROM users WHERE last_used_at > 0").await, 1);
    other.run("COMMIT").await;
    assert!(store.save_touches(noted).await.expect("they are written").is_empty());
    assert_eq!(database.count("SELECT count(*) FROM sessions WHERE confirmed").await, 3);
    assert_eq!(database.count("SELECT count(*) FROM users WHERE last_used_at > 0").await, 3);
    store.close().await;
}
