//! What is done to a database, and what is not: `tabkey check`, migrations, other versions, other applications, addresses
//! with a password.

use std::{path::Path, process::Output};

use super::support::{TestApp, command, is_postgres};

const MARKER: &str = "hunter2marker";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_file())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("a file")))
        .collect();
    files.sort();
    files
}

/// A database that a server has made, and left.
fn left() -> TestApp {
    let mut app = TestApp::start();
    app.signal("-TERM");
    assert!(app.wait());
    app
}

#[tokio::test]
async fn a_check_makes_nothing_and_says_what_a_start_would_make() {
    let folder = tempfile::tempdir().unwrap();
    super::support::create_database(folder.path());

    let output = command(folder.path()).arg("check").output().unwrap();

    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("the database is new"), "{}", said(&output));
    assert!(said(&output).contains("a start makes the"), "{}", said(&output));
    if is_postgres() {
        let mut database = super::support::Database::open(folder.path()).await;
        let sql = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
        assert_eq!(database.one::<i64>(sql).await, 0);
    } else {
        assert!(!folder.path().join("data").exists());
    }
}

#[tokio::test]
async fn a_check_of_what_is_there_changes_no_byte_of_it() {
    let app = left();
    let before = files(&app.folder.path().join("data"));

    let output = app.command(&["check"]);

    assert!(output.status.success(), "{}", said(&output));
    let due = said(&output).lines().filter(|line| !line.starts_with("warning: ")).count();
    assert_eq!(due, 1, "{}", said(&output));
    assert_eq!(files(&app.folder.path().join("data")), before);
}

#[tokio::test]
async fn a_check_says_which_migrations_are_due_and_leaves_them() {
    let app = left();
    let mut database = app.database().await;
    database.run("DROP TABLE schema_compatibility; DELETE FROM _tabkey_migrations WHERE version = 12").await;

    let output = app.command(&["check"]);

    assert!(said(&output).contains("1 migration is due at the next start: 0012 compatibility"), "{}", said(&output));
    assert_eq!(database.one::<i64>("SELECT count(*) FROM _tabkey_migrations WHERE version = 12").await, 0);
    assert!(app.command(&["user", "list"]).status.success());
    assert_eq!(database.one::<i64>("SELECT count(*) FROM _tabkey_migrations WHERE version = 12").await, 1);
}

const NEWER: &str = "INSERT INTO _tabkey_migrations (version, description, success, checksum, execution_time)
                     SELECT 9999, 'later', TRUE, checksum, 0 FROM _tabkey_migrations WHERE version = 1";

#[tokio::test]
async fn an_older_version_starts_on_a_newer_schema_that_says_it_may() {
    let app = left();
    app.database().await.run(NEWER).await;

    let checked = app.command(&["check"]);
    let app = TestApp::in_folder(app.folder.clone(), &[]);

    assert!(said(&checked).contains("schema 9999"), "{}", said(&checked));
    app.signed_up("ann@example.org").await;
}

#[tokio::test]
async fn an_older_version_is_refused_by_a_newer_schema_that_is_not_for_it() {
    let app = left();
    app.database().await.run(NEWER).await;
    app.database().await.run("UPDATE schema_compatibility SET min_version = 9000").await;

    for arguments in [["check"].as_slice(), &["user", "list"], &["serve"]] {
        let output = app.command(arguments);
        let said = said(&output);
        assert!(!output.status.success());
        assert!(said.contains("migrated by a newer version") && said.contains("9000"), "{said}");
        assert!(!said.contains("backup"), "{said}");
    }
}

#[tokio::test]
async fn what_versions_before_noted_in_the_drivers_table_moves_into_ours_and_the_rest_stays() {
    let app = left();
    let mut database = app.database().await;
    database.run("ALTER TABLE _tabkey_migrations RENAME TO _sqlx_migrations").await;
    database
        .run(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
              SELECT 20240101, 'of another', TRUE, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await;

    assert!(app.command(&["user", "list"]).status.success(), "{}", said(&app.command(&["user", "list"])));

    assert_eq!(database.one::<i64>("SELECT min(version) FROM _sqlx_migrations").await, 20_240_101);
    assert_eq!(database.one::<i64>("SELECT count(*) FROM _tabkey_migrations WHERE version IN (1, 12)").await, 2);
}

#[tokio::test]
async fn another_applications_tables_end_the_start_and_its_migrations_do_not() {
    let folder = tempfile::tempdir().unwrap();
    super::support::create_database(folder.path());
    std::fs::create_dir_all(folder.path().join("data")).unwrap();
    if !is_postgres() {
        std::fs::write(folder.path().join("data/tabkey.db"), []).unwrap();
    }
    let mut database = super::support::Database::open(folder.path()).await;
    let theirs = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, success BOOLEAN NOT NULL, checksum TEXT NOT NULL);
                  CREATE TABLE users (name TEXT)";
    let theirs = if is_postgres() {
        theirs.replace("checksum TEXT", "checksum BYTEA")
    } else {
        theirs.replace("checksum TEXT", "checksum BLOB")
    };
    database.run(&theirs).await;
    database.run("INSERT INTO _sqlx_migrations VALUES (1, 'theirs', TRUE, 'x')").await;

    for arguments in [["check"], ["serve"]] {
        let output = command(folder.path()).args(arguments).output().unwrap();
        assert!(!output.status.success());
        assert!(said(&output).contains("tables of another application where ours belong (users)"), "{}", said(&output));
        assert!(!said(&output).contains("backup") && !said(&output).contains("newer"), "{}", said(&output));
    }
    database.run("DROP TABLE users").await;
    let output = command(folder.path()).args(["user", "list"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(database.one::<i64>("SELECT count(*) FROM _sqlx_migrations").await, 1);
}

#[tokio::test]
async fn on_postgresql_a_schema_of_its_own_makes_room_beside_another_application() {
    if !is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    super::support::create_database(folder.path());
    let mut database = super::support::Database::open(folder.path()).await;
    database.run("CREATE TABLE users (name TEXT); CREATE SCHEMA tabkey").await;
    let address = super::support::database_address(folder.path()).unwrap() + "?options[search_path]=tabkey";

    let output = command(folder.path()).args(["user", "list"]).env("DATABASE_URL", address).output().unwrap();

    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(database.one::<i64>("SELECT count(*) FROM tabkey.users").await, 0);
}

#[test]
fn r48_no_password_of_an_address_is_printed_or_logged_whatever_is_wrong_with_it() {
    let mut rows = vec![
        format!("mysql://ann:{MARKER}@127.0.0.1/x"),
        format!("ann:{MARKER}@127.0.0.1"),
        MARKER.to_owned(),
        format!("postgres://ann:{MARKER}@127.0.0.1:1/x"),
        format!("postgres://ann:{MARKER}@127.0.0.1:notaport/x"),
        format!("postgres://ann:1/{MARKER}@127.0.0.1/x"),
        format!("postgres://ann:1#{MARKER}@127.0.0.1/x"),
        format!("postgres://ann:1?{MARKER}@127.0.0.1/x"),
        format!("postgres://127.0.0.1:1/x?user=ann&password={MARKER}"),
        format!("postgres://127.0.0.1:1/x?passwort={MARKER}"),
        format!("sqlite:/proc/none/tabkey.db?key={MARKER}"),
    ];
    let folder = tempfile::tempdir().unwrap();
    super::support::create_database(folder.path());
    if let Some(address) = super::support::database_address(folder.path()) {
        let with_password = address.replace("tabkey@", &format!("tabkey:{MARKER}@"));
        rows.push(format!("{with_password}_that_is_not_there"));
        rows.push(with_password);
    }
    for url in rows {
        for (name, arguments) in [("DATABASE_URL", "check"), ("DATABASE_URL", "user"), ("DATABASE_LISTEN_URL", "check")]
        {
            let mut command = command(folder.path());
            command.arg(arguments).env("RUST_LOG", "trace").env(name, &url);
            if arguments == "user" {
                command.arg("list");
            }
            let output = command.output().unwrap();
            assert!(!said(&output).contains(MARKER), "{name}={url}: {}", said(&output));
        }
    }
}
