//! An application's own tables in Tabkey's database.

use sqlx::migrate::Migrator;
use tabkey::{
    Error, on,
    server::{Application, Database, Migrations},
};

use super::support::{Place, nothing, shell};

static GOOD: Migrator = sqlx::migrate!("tests/kit/migrations");
static BROKEN: Migrator = sqlx::migrate!("tests/kit/broken");

fn with(migrations: Migrations) -> Application<impl leptos::IntoView + 'static, impl leptos::IntoView + 'static> {
    Application::new("kit", nothing, shell).migrations(migrations)
}

async fn count(database: &Database, sql: &'static str) -> Result<i64, Error> {
    database
        .read(move |db| Box::pin(async move { Ok(on!(db, c => sqlx::query_scalar(sql).fetch_one(c).await?)) }))
        .await
}

#[tokio::test]
async fn own_migrations_run_once_and_are_noted_in_a_table_of_their_own() {
    let place = Place::new().await;
    for _ in 0..2 {
        let node = place.start(with(Migrations::of(&GOOD, &GOOD)), &[]).await.expect("a node");
        assert_eq!(count(&node.database(), "SELECT count(*) FROM _kit_migrations").await, Ok(1));
        assert_eq!(count(&node.database(), "SELECT count(*) FROM marks").await, Ok(0));
        node.stop().await;
    }
}

#[tokio::test]
async fn an_own_migration_that_fails_leaves_nothing_and_ends_the_start_with_one_sentence() {
    let place = Place::new().await;

    let refused = place.start(with(Migrations::of(&BROKEN, &BROKEN)), &[]).await.err().expect("no node").0;

    assert!(refused.starts_with("migration 2 of kit failed (") && refused.contains("nowhere"), "{refused}");
    assert_eq!(refused.lines().count(), 1, "{refused}");
    // Without it, everything is still to be made: ours too.
    let node = place.start(Application::new("kit", nothing, shell), &[]).await.expect("a node");
    assert!(count(&node.database(), "SELECT count(*) FROM marks").await.is_err());
    assert!(count(&node.database(), "SELECT count(*) FROM _kit_migrations").await.is_err());
    node.stop().await;
}

#[tokio::test]
async fn a_database_that_a_newer_version_left_or_whose_past_was_rewritten_is_not_touched() {
    let place = Place::new().await;
    place.start(with(Migrations::of(&GOOD, &GOOD)), &[]).await.expect("a node").stop().await;

    let nothing_again = || Migrator::with_migrations(Vec::new());
    let refused = place.start(with(nothing_again().into()), &[]).await.err().expect("no node").0;
    assert!(refused.contains("was migrated by a newer version of kit (to 1)"), "{refused}");

    let node = place.start(with(Migrations::from(nothing_again()).older_may_start()), &[]).await.expect("a node");
    assert_eq!(count(&node.database(), "SELECT count(*) FROM marks").await, Ok(0));
    node.stop().await;

    let rewritten = place.start(with(Migrations::of(&BROKEN, &BROKEN)), &[]).await.err().expect("no node").0;
    assert!(rewritten.contains("0001 marks of kit is not what it was"), "{rewritten}");
}

#[tokio::test]
async fn a_table_is_rebuilt_without_losing_what_refers_to_it() {
    // PostgreSQL alters tables, and drops none that others refer to.
    if std::env::var("TABKEY_TEST_POSTGRES").is_ok() {
        return;
    }
    let place = Place::new().await;
    let first = sqlx::migrate!("tests/kit/rebuilt/first");
    let node = place.start(with(first.into()), &[]).await.expect("a node");
    let ann = node.sign_up("ann@example.org").await.expect("signed up").user.id;
    let database = node.database();
    let written = database.write(move |db| {
        Box::pin(async move {
            let parent = "INSERT INTO boards (id, user_id) VALUES (1, $1)";
            on!(db, c => sqlx::query(parent).bind(ann).execute(c).await.map(drop)?);
            on!(db, c => sqlx::query("INSERT INTO cards (board_id) VALUES (1)").execute(c).await.map(drop)?);
            Ok(())
        })
    });
    written.await.expect("written");
    node.stop().await;

    let then = sqlx::migrate!("tests/kit/rebuilt/then");
    let node = place.start(with(then.into()), &[]).await.expect("a node");

    assert_eq!(count(&node.database(), "SELECT count(*) FROM cards").await, Ok(1));
    assert_eq!(count(&node.database(), "SELECT count(*) FROM boards WHERE title = 'untitled'").await, Ok(1));
    node.stop().await;
}

#[tokio::test]
async fn a_write_that_fails_is_undone_whole_and_a_read_writes_nothing() {
    let place = Place::new().await;
    let node = place.start(with(Migrations::of(&GOOD, &GOOD)), &[]).await.expect("a node");
    let ann = node.sign_up("ann@example.org").await.expect("signed up").user.id;
    let insert = "INSERT INTO marks (user_id, what) VALUES ($1, 'mine')";

    let database = node.database();
    for fails in [true, false] {
        let written = database.write(move |db| {
            Box::pin(async move {
                on!(db, c => sqlx::query(insert).bind(ann).execute(c).await.map(drop)?);
                if fails { Err(Error::NotFound) } else { Ok(()) }
            })
        });
        assert_eq!(written.await.err(), fails.then_some(Error::NotFound));
    }
    let panicked = database.write(|_| Box::pin(async { panic!("a bug") })).await as Result<(), Error>;
    assert!(matches!(panicked, Err(Error::Busy { .. })));

    let reading = database.read(move |db| {
        Box::pin(async move { Ok(on!(db, c => sqlx::query(insert).bind(ann).execute(c).await?.rows_affected())) })
    });
    assert!(reading.await.is_err(), "a read writes nothing");

    assert_eq!(count(&database, "SELECT count(*) FROM marks").await, Ok(1));
    node.stop().await;
}
