//! Behind PgBouncer in transaction mode, where each transaction may run on another connection of the database.

use super::support::{Line, Pooler, REFRESH, TestApp, command, is_postgres, until};

#[tokio::test]
async fn people_sign_up_refresh_at_once_and_are_revoked_on_two_nodes_behind_a_pooler() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::start();
    let pooler = Pooler::before(app.folder.path());
    let (one, other) = (pooler.node(&app), pooler.node(&app));

    let mut browsers = Vec::new();
    for n in 0..12 {
        let email = format!("ann{n}@example.org");
        browsers.push((one.signed_up(&email).await, email));
    }
    // Tabs of one browser that race, many at a time: nobody is taken for a thief.
    let racing = browsers.iter().flat_map(|(browser, _)| {
        [&one, &other, &one].map(|node| {
            let mut tab = browser.clone().moved_to(node);
            tokio::spawn(async move { tab.refresh().await.status })
        })
    });
    for status in racing.collect::<Vec<_>>() {
        assert_eq!(status.await.expect("no panic"), 200);
    }
    let (mut kept, email) = browsers.remove(0);
    assert_eq!(kept.refresh().await.status, 200);
    let mut lost = other.signed_in(&email).await;
    assert_eq!(lost.who_am_i().await.status, 200);
    assert_eq!(kept.post("/api/devices/revoke_others", &[]).await.text, r#"{"revoked":1}"#);
    let dark = until(async || lost.who_am_i().await, |reply| reply.status != 200).await;
    assert_eq!(dark.failure(), (401, "session_ended"));
    let ready = one.browser().get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.body);
    // A thief's copy is still found out.
    let (mut ann, _) = browsers.remove(0);
    let mut thief = ann.clone();
    for _ in 0..2 {
        assert_eq!(ann.refresh().await.status, 200);
        assert_eq!(ann.who_am_i().await.status, 200);
    }
    assert_ne!(ann.jar[REFRESH], thief.jar[REFRESH]);
    assert_eq!(thief.refresh().await.status, 401);
}

#[tokio::test]
async fn time_limits_and_relaxed_commits_are_in_force_behind_a_pooler() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::start();
    let pooler = Pooler::before(app.folder.path());
    let node = pooler.node(&app);
    let mut browser = node.signed_up("ann@example.org").await;
    // What a transaction that changes a session runs under, as the database itself sees it.
    let mut database = app.database().await;
    database
        .run("CREATE TABLE seen (setting TEXT, value TEXT, generation BIGINT);
              CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                  INSERT INTO seen SELECT name, current_setting(name), NEW.generation FROM unnest(ARRAY['synchronous_commit', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) AS name;
                  RETURN NULL; END $$;
              CREATE TRIGGER see AFTER INSERT OR UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION see()")
        .await;

    assert_eq!(browser.refresh().await.status, 200);
    node.signed_in("ann@example.org").await;

    let of = async |database: &mut super::support::Database, sql| database.one::<String>(sql).await;
    let relaxed = "SELECT string_agg(DISTINCT value, ' ' ORDER BY value) FROM seen WHERE generation = 2";
    assert_eq!(of(&mut database, relaxed).await, "15s 5s 8s off");
    let full = "SELECT string_agg(DISTINCT value, ' ' ORDER BY value) FROM seen WHERE generation = 1";
    assert_eq!(of(&mut database, full).await, "15s 5s 8s on");
    // A lock is waited for no longer than 5 s, and the browser told so.
    database.lock().await;
    assert_eq!(browser.refresh().await.failure(), (503, "busy"));
    database.unlock().await;
    assert_eq!(until(async || browser.refresh().await, |reply| reply.status == 200).await.status, 200);
}

#[tokio::test]
async fn an_outage_of_the_line_to_a_pooler_costs_some_503s_and_nobody_their_session() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::start();
    let pooler = Pooler::before(app.folder.path());
    let line = Line::to(&pooler.address);
    let [_, listen] = pooler.variables();
    let node = app.another_node_with(&[("DATABASE_URL", line.address()), listen]);
    let mut browser = node.signed_up("ann@example.org").await;

    line.cut();
    assert_eq!(browser.refresh().await.failure(), (503, "busy"));
    line.mend();

    let fine = until(async || browser.refresh().await, |reply| reply.status == 200).await;
    assert_eq!(fine.status, 200, "{}", fine.body);
}

#[tokio::test]
async fn a_pooler_alone_or_before_another_database_ends_the_start_with_one_sentence() {
    if !is_postgres() {
        return;
    }
    let (app, elsewhere) = (TestApp::start(), TestApp::start());
    let pooler = Pooler::before(app.folder.path());
    let other = super::support::database_address(elsewhere.folder.path()).unwrap();

    for (listen, expected) in
        [("", "name PostgreSQL itself in DATABASE_LISTEN_URL"), (&other, "do not lead to the same")]
    {
        for argument in ["check", "serve"] {
            let mut command = command(app.folder.path());
            command.arg(argument).env("DATABASE_URL", &pooler.address).env("DATABASE_LISTEN_URL", listen);
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success() && said.contains(expected), "{said}");
        }
    }
    let mut command = command(app.folder.path());
    command.arg("check").envs(pooler.variables());
    assert!(command.output().unwrap().status.success());
}
