//! What can matter to nobody any more is forgotten as fast as it comes in.

use crate::support::{Database, TestApp, until};

/// Of each kind, more than one bite.
const DEAD: i64 = 5_000;

/// Bytes that no other row has, and an id, as this database makes them.
fn made_up(database: &Database) -> (&'static str, &'static str) {
    match database {
        Database::Sqlite(_) => ("randomblob(32)", "randomblob(16)"),
        Database::Postgres(..) => ("decode(md5(random()::text) || md5(i::text), 'hex')", "gen_random_uuid()"),
    }
}

/// Inserts so many rows: what is selected may name their number `i`, and Ann's id `u`.
async fn insert(database: &mut Database, count: i64, into: &str, select: &str) {
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO {into} SELECT {select} FROM n, (SELECT id AS u FROM users WHERE email = 'ann@example.org') AS ann"
    );
    database.run(&sql).await;
}

#[tokio::test]
async fn thousands_of_each_kind_are_forgotten_in_one_round_and_what_is_alive_stays() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    let mut database = app.database().await;
    let (hash, id) = made_up(&database);
    let columns = "user_id, generation, confirmed, rotated_at, created_at, proved_at, last_used_at, idle_limit, remember, name, browser, os, kind, user_agent, address";
    for (more, values) in [("expires_at, ended_at", "9000000000000, 1"), ("expires_at, ended_at", "1, NULL")] {
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {DEAD})
             INSERT INTO sessions (id, {more}, {columns})
             SELECT {id}, {values}, {columns} FROM (SELECT * FROM sessions LIMIT 1) AS one, n"
        );
        database.run(&sql).await;
    }
    insert(&mut database, DEAD, "revocations (user_id, min_claims_version, at, until)", "u, 0, 1, 1").await;
    insert(&mut database, DEAD, "addresses (email, user_id, kept_until)", "'gone' || i || '@example.org', u, 1").await;
    // Lines of a node whose clock was wrong come first, and stand in nobody's way.
    insert(&mut database, 1_500, "security_events (at, kind, user_id)", "9000000000000, 'signed_in', u").await;
    insert(&mut database, DEAD, "security_events (at, kind, user_id)", "1, 'signed_in', u").await;
    let links = "links (token_hash, mail_id, user_id, purpose, detail, created_at, expires_at)";
    insert(&mut database, DEAD, links, &format!("{hash}, {id}, u, 'not_me', '{{}}', 1, 1")).await;
    insert(&mut database, DEAD, "notices (user_id, kind, free_at)", "u, 'kind' || i, 1").await;
    insert(&mut database, DEAD, "mailboxes (address_hash, purpose, since, mails)", &format!("{hash}, 'x', 1, 1")).await;

    let app = app.restart("-TERM");

    let left = "SELECT (SELECT count(*) FROM sessions WHERE ended_at = 1 OR expires_at = 1)
                     + (SELECT count(*) FROM revocations WHERE until = 1)
                     + (SELECT count(*) FROM addresses WHERE kept_until = 1)
                     + (SELECT count(*) FROM security_events WHERE at = 1)
                     + (SELECT count(*) FROM links WHERE expires_at = 1)
                     + (SELECT count(*) FROM notices WHERE free_at = 1)
                     + (SELECT count(*) FROM mailboxes WHERE since = 1)";
    let gone = until(async || database.one::<i64>(left).await, |left| *left == 0).await;
    assert_eq!(gone, 0);
    let ahead = "SELECT count(*) FROM security_events WHERE at = 9000000000000";
    assert_eq!(database.one::<i64>(ahead).await, 1_500);
    ann.move_to(&app.base);
    assert_eq!(ann.refresh().await.status, 200);
}
