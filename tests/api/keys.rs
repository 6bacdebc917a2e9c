//! Keys: published before they sign, kept until their last token is dead, replaced while everybody works.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, header};
use serde_json::Value;

use super::support::{Browser, PASSWORD, REFRESH, Service, TestApp, claims, command, is_postgres, until};

const CLIENTS: usize = 100;
/// Half a second is the rule on a file, less on PostgreSQL; the rest is for a machine that does much else.
const SOON: Duration = Duration::from_secs(2);
/// Hashes that cost next to nothing.
const CHEAP: [(&str, &str); 3] =
    [("PASSWORDS__ARGON2_MEMORY_KIB", "8"), ("PASSWORDS__ARGON2_ITERATIONS", "1"), ("LIMITS__ENABLED", "false")];

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64()
}

/// The key that signed this browser's access token.
fn kid(browser: &Browser) -> String {
    let token = browser.token.as_deref().expect("a token");
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("base64url");
    serde_json::from_slice::<Value>(&header).expect("JSON")["kid"].as_str().expect("a kid").to_owned()
}

/// The key under which this browser's refresh token was derived.
fn refresh_key(browser: &Browser) -> u8 {
    URL_SAFE_NO_PAD.decode(&browser.jar[REFRESH]).expect("base64url")[1]
}

/// The `kid`s that a node publishes.
async fn published(app: &TestApp) -> BTreeSet<String> {
    let set = app.browser().get("/.well-known/jwks.json").await.body;
    let keys = set["keys"].as_array().expect("a JWK Set");
    keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

/// `tabkey keys …`: what it prints where nothing is being debugged.
fn keys(app: &TestApp, arguments: &[&str]) -> String {
    let output = app.command(&[&["keys"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("text");
    let is_log = |line: &str| line.contains(" DEBUG ") || line.contains(" INFO relation ");
    printed.lines().filter(|line| !is_log(line)).map(|line| format!("{line}\n")).collect()
}

async fn count(app: &TestApp) -> i64 {
    app.database().await.one("SELECT COUNT(*) FROM keys").await
}

async fn rotations(app: &TestApp) -> i64 {
    app.database().await.one("SELECT COUNT(*) FROM security_events WHERE kind = 'keys_rotated'").await
}

/// Makes the keys older than they may become.
async fn age(app: &TestApp) {
    app.database().await.run("UPDATE keys SET active_from = active_from - 7776000000").await;
}

#[tokio::test]
async fn the_published_keys_may_be_kept_for_half_of_the_time_they_are_published_ahead() {
    for (ahead, max_age) in [("10m", 300), ("1m", 30), ("1s", 1), ("1d", 300)] {
        let app = TestApp::with(&[("TOKENS__PUBLISH_AHEAD", ahead)]);

        let reply = app.browser().get("/.well-known/jwks.json").await;

        assert_eq!(reply.header("cache-control"), format!("public, max-age={max_age}"), "{ahead}");
    }
}

#[tokio::test]
async fn published_keys_that_did_not_change_are_not_sent_again_and_others_are() {
    let app = TestApp::start();
    let etag = app.browser().get("/.well-known/jwks.json").await.header("etag");
    let ask = async |known: String| {
        let mut browser = app.browser();
        let request = browser.request(Method::GET, "/.well-known/jwks.json").header(header::IF_NONE_MATCH, known);
        browser.send(request).await
    };

    for known in [etag.clone(), format!("\"other\", {etag}"), format!("W/{etag}")] {
        let unchanged = ask(known.clone()).await;
        assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""), "{known}");
        assert_eq!((unchanged.header("etag"), unchanged.header("cache-control").is_empty()), (etag.clone(), false));
    }
    keys(&app, &["rotate"]);

    let changed = until(async || ask(etag.clone()).await, |reply| reply.status == 200).await;
    assert_eq!(changed.body["keys"].as_array().map(Vec::len), Some(2));
    assert_ne!(changed.header("etag"), etag);
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_is_honoured_after() {
    let app = TestApp::with(&[("TOKENS__PUBLISH_AHEAD", "5s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let (old, old_refresh) = (kid(&browser), refresh_key(&browser));
    let mut before = browser.clone();

    let rotated = Instant::now();
    keys(&app, &["rotate"]);
    let new = until(async || published(&app).await, |kids| kids.len() == 2).await;
    browser.refresh().await;
    assert!(rotated.elapsed() < Duration::from_secs(5), "too slow to tell: {:?}", rotated.elapsed());
    assert_eq!((kid(&browser), refresh_key(&browser)), (old.clone(), old_refresh));

    let mut refreshed = browser.clone();
    let signed = until(
        async || {
            assert_eq!(refreshed.refresh().await.status, 200);
            kid(&refreshed)
        },
        |kid| *kid != old,
    )
    .await;
    assert!(rotated.elapsed() >= Duration::from_millis(4_900), "{:?}", rotated.elapsed());
    assert!(new.contains(&signed) && signed != old);
    assert_ne!(refresh_key(&refreshed), old_refresh);
    assert_eq!(before.who_am_i().await.status, 200);
    assert_eq!(refreshed.who_am_i().await.status, 200);
    assert!(published(&app).await.contains(&old));
}

#[tokio::test]
async fn a_refresh_token_of_the_old_key_is_as_good_as_one_of_the_new_one() {
    let app = TestApp::with(&[("TOKENS__PUBLISH_AHEAD", "1s")]);
    let node = app.another_node();
    let browser = app.signed_up("ann@example.org").await;
    let old = refresh_key(&browser);

    keys(&app, &["rotate"]);
    // The reply is lost each time: the same generation is handed out again, under either key.
    let (mut first, mut again) = (browser.clone(), browser.clone().moved_to(&node));
    assert_eq!(first.refresh().await.status, 200);
    until(
        async || {
            again = browser.clone().moved_to(&node);
            assert_eq!(again.refresh().await.status, 200);
            refresh_key(&again)
        },
        |key| *key != old,
    )
    .await;

    assert_eq!((refresh_key(&first), first.generation()), (old, 2));
    assert_eq!(again.generation(), 2);
    assert_ne!(refresh_key(&again), old);
    let mut late = first.moved_to(&node);
    for tab in [&mut again, &mut late] {
        assert_eq!(tab.refresh().await.status, 200);
        assert_eq!(tab.generation(), 3);
    }
    assert_eq!(app.database().await.one::<i64>("SELECT COUNT(*) FROM sessions WHERE ended_at IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotation_under_load_on_two_nodes_refuses_nobody() {
    let mut settings = CHEAP.to_vec();
    settings.extend([("SESSION__ACCESS_TOKEN_TTL", "8s"), ("TOKENS__PUBLISH_AHEAD", "1s"), ("STORE__READERS", "8")]);
    let app = Arc::new(TestApp::with(&settings));
    let node = app.another_node();
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = Vec::new();
    for n in 0..CLIENTS {
        let browser = app.signed_up(&format!("client{n}@example.org")).await;
        let bases = [app.base.clone(), node.base.clone()];
        clients.push(tokio::spawn(work(browser, bases, n, stop.clone())));
    }

    let began = Instant::now();
    let mut rotated = 0;
    while began.elapsed() < Duration::from_secs(8) {
        let app = app.clone();
        tokio::task::spawn_blocking(move || keys(&app, &["rotate"])).await.expect("it rotates");
        rotated += 1;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let (mut calls, mut refreshes, mut busy, mut kids, mut refresh_keys) = (0, 0, 0, BTreeSet::new(), BTreeSet::new());
    for client in clients {
        let done = client.await.expect("no client fails");
        assert_eq!(done.refused, Vec::<String>::new());
        calls += done.calls;
        refreshes += done.refreshes;
        busy += done.busy;
        kids.extend(done.kids);
        refresh_keys.extend(done.refresh_keys);
    }
    println!(
        "{rotated} rotations, {} signing and {} refresh keys met, {calls} calls, {refreshes} refreshes, none refused, {busy} times busy",
        kids.len(),
        refresh_keys.len()
    );
    for log in [app.log(), node.log()] {
        log.lines().filter(|line| line.contains(" ERROR ")).for_each(|line| println!("{line}"));
    }
    assert!(kids.len() >= 4 && refresh_keys.len() >= 3, "{rotated}: {kids:?} {refresh_keys:?}");
}

/// What a client has seen.
#[derive(Default)]
struct Done {
    calls: usize,
    refreshes: usize,
    kids: BTreeSet<String>,
    refresh_keys: BTreeSet<u8>,
    /// "Busy", which a machine that does much else may be; it is asked again.
    busy: usize,
    /// Every other answer but 200.
    refused: Vec<String>,
}

/// Calls one node after the other, and refreshes well before the token ends.
async fn work(mut browser: Browser, bases: [String; 2], n: usize, stop: Arc<AtomicBool>) -> Done {
    let mut done = Done::default();
    let mut round = n;
    while !stop.load(Ordering::Relaxed) {
        round += 1;
        browser.move_to(&bases[round % 2]);
        let left = claims(browser.token.as_deref().expect("a token"))["exp"].as_f64().expect("an end") - now();
        // Every second and a half, so long before the end that a slow machine is not late.
        let reply = if left < 6.5 {
            done.refreshes += 1;
            browser.refresh().await
        } else {
            done.calls += 1;
            browser.who_am_i().await
        };
        if reply.status == 503 {
            done.busy += 1;
        } else if reply.status != 200 {
            done.refused.push(format!("{} {}", reply.status, reply.text));
        }
        done.kids.insert(kid(&browser));
        done.refresh_keys.insert(refresh_key(&browser));
        // A person is not faster.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    done
}

#[tokio::test]
async fn tokens_of_compromised_keys_are_refused_at_once_on_every_node_and_a_refresh_brings_a_good_one() {
    let app = TestApp::start();
    let node = app.another_node();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut there = browser.clone().moved_to(&node);
    let old = kid(&browser);
    // Both nodes have verified the token before, and remember it.
    assert_eq!((browser.who_am_i().await.status, there.who_am_i().await.status), (200, 200));

    keys(&app, &["rotate", "--compromised"]);

    let rotated = Instant::now();
    for tab in [&mut browser, &mut there] {
        let refused = until(async || tab.who_am_i().await, |reply| reply.status != 200).await;
        assert_eq!(refused.failure(), (401, "token_invalid"));
    }
    println!("refused on both nodes {:?} after the command", rotated.elapsed());
    assert!(rotated.elapsed() < SOON, "{:?}", rotated.elapsed());
    assert!(!published(&app).await.contains(&old) && !published(&node).await.contains(&old));
    assert_eq!(browser.refresh().await.status, 200);
    assert_ne!(kid(&browser), old);
    assert_eq!(browser.who_am_i().await.status, 200);
    assert_eq!(browser.moved_to(&node).who_am_i().await.status, 200);
    assert_eq!(published(&app).await, published(&node).await);
}

/// On SQLite each sign-in is told in the process, and what the command writes is not: it must not wait for a quiet moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_never_quiet_hears_of_compromised_keys_all_the_same() {
    let app = TestApp::with(&CHEAP);
    let mut browser = app.signed_up("ann@example.org").await;
    let mut other = app.browser();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let noise = tokio::spawn(async move {
        while !stopped.load(Ordering::Relaxed) {
            other.sign_in("ann@example.org", PASSWORD).await;
        }
    });

    keys(&app, &["rotate", "--compromised"]);

    let rotated = Instant::now();
    let refused = until(async || browser.who_am_i().await, |reply| reply.status != 200).await;
    stop.store(true, Ordering::Relaxed);
    assert_eq!(refused.failure(), (401, "token_invalid"));
    assert!(rotated.elapsed() < SOON, "{:?}", rotated.elapsed());
    noise.await.expect("it ends");
}

/// FIELD-FAILURES: a key rotated on one node while another verified.
#[tokio::test]
async fn unknown_kid() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let old = kid(&browser);
    // On PostgreSQL the node is not told; on SQLite it stands still meanwhile, and has had no time to look.
    if is_postgres() {
        app.database().await.run("ALTER TABLE keys DISABLE TRIGGER tell_keys").await;
    } else {
        app.signal("-STOP");
    }
    // A node that was stopped in the middle of a write keeps the file to itself: then it is stopped a moment later.
    let is_rotated = || app.command(&["keys", "rotate", "--now"]).status.success();
    for _ in 0..5 {
        if is_rotated() {
            break;
        }
        app.signal("-CONT");
        tokio::time::sleep(Duration::from_millis(50)).await;
        app.signal("-STOP");
    }
    let node = app.another_node();
    let mut elsewhere = browser.clone().moved_to(&node);
    assert_eq!(elsewhere.refresh().await.status, 200);
    assert_ne!(kid(&elsewhere), old);
    if is_postgres() {
        assert_eq!(published(&app).await, BTreeSet::from([old]));
    } else {
        app.signal("-CONT");
    }

    browser.token = elsewhere.token.clone();
    let reply = browser.who_am_i().await;

    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(published(&app).await.contains(&kid(&elsewhere)));
}

#[tokio::test]
async fn unknown_kid_costs_a_stranger_one_read_a_second() {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;
    let token = browser.token.clone().expect("a token");
    let (_, rest) = token.split_once('.').expect("a header");
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","typ":"at+jwt","kid":"unknown"}"#);
    let mut refresh = URL_SAFE_NO_PAD.decode(&browser.jar[REFRESH]).expect("base64url");
    refresh[1] = 77;
    let mut stranger = app.browser();
    let reads = async || {
        let metrics = app.browser().get("/metrics").await.text;
        let line = metrics.lines().find_map(|line| line.strip_prefix("tabkey_key_reads_total ")).unwrap_or("0");
        line.parse::<u64>().expect("a count")
    };

    let began = Instant::now();
    for _ in 0..100 {
        stranger.token = Some(format!("{header}.{rest}"));
        assert_eq!(stranger.who_am_i().await.failure(), (401, "token_invalid"));
        stranger.token = None;
        stranger.jar.insert(REFRESH.to_owned(), URL_SAFE_NO_PAD.encode(&refresh));
        assert_eq!(stranger.refresh().await.failure(), (401, "token_invalid"));
    }

    let reads = reads().await;
    assert!((1..=began.elapsed().as_secs() + 1).contains(&reads), "{reads} reads in {:?}", began.elapsed());
}

#[tokio::test]
async fn unknown_kid_is_no_401_while_the_keys_cannot_be_read() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let token = browser.token.clone().expect("a token");
    let (_, rest) = token.split_once('.').expect("a header");
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","typ":"at+jwt","kid":"unknown"}"#);
    let mut stranger = browser.clone();
    stranger.token = Some(format!("{header}.{rest}"));
    let mut refresh = URL_SAFE_NO_PAD.decode(&browser.jar[REFRESH]).expect("base64url");
    refresh[1] = 77;
    stranger.jar.insert(REFRESH.to_owned(), URL_SAFE_NO_PAD.encode(&refresh));

    app.database().await.run("ALTER TABLE keys RENAME TO hidden").await;

    assert_eq!(stranger.who_am_i().await.failure(), (503, "busy"));
    assert_eq!(stranger.refresh().await.failure(), (503, "busy"));
    assert_eq!(browser.who_am_i().await.status, 200);
    app.database().await.run("ALTER TABLE hidden RENAME TO keys").await;
    let refused = until(async || stranger.who_am_i().await, |reply| reply.status != 503).await;
    assert_eq!(refused.failure(), (401, "token_invalid"));
}

#[tokio::test]
async fn keys_that_come_of_age_are_rotated_once_by_however_many_nodes() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let old = published(&app).await;
    age(&app).await;

    // Each looks at its start, and then once a minute.
    let (one, other) = app.two_more_nodes();

    until(async || rotations(&app).await, |count| *count > 0).await;
    for node in [&app, &one, &other] {
        let kids = until(async || published(node).await, |kids| kids.len() > 1).await;
        assert_eq!((kids.len(), kids.is_superset(&old)), (2, true));
    }
    assert_eq!((rotations(&app).await, count(&app).await), (1, 4));
    assert_eq!(browser.who_am_i().await.status, 200);
    assert_eq!(browser.moved_to(&one).refresh().await.status, 200);
}

#[tokio::test]
async fn young_keys_are_left_alone() {
    let app = TestApp::start();
    let node = app.another_node();

    let reply = until(async || app.browser().get("/readyz").await, |reply| reply.status == 200).await;

    assert_eq!(reply.status, 200);
    assert_eq!((published(&node).await.len(), rotations(&app).await), (1, 0));
}

#[tokio::test]
async fn a_retired_key_is_kept_until_its_last_token_is_dead_and_then_removed() {
    let app = TestApp::with(&[("TOKENS__PUBLISH_AHEAD", "1s")]);
    let old = published(&app).await;
    keys(&app, &["rotate"]);
    until(async || published(&app).await, |kids| kids.len() == 2).await;
    // Dead is what was retired more than the life of a token (5 min) and a minute ago.
    let retire = async |ago: &str| {
        let sql = format!("UPDATE keys SET retired_at = retired_at - {ago} WHERE retired_at IS NOT NULL");
        app.database().await.run(&sql).await;
    };

    retire("350000").await;
    // A node cleans up at its start.
    let node = app.another_node();
    until(async || node.log(), |log| log.contains("cleaned up")).await;
    assert_eq!((count(&app).await, published(&node).await.len()), (4, 2));
    retire("12000").await;
    let node = app.another_node();
    until(async || node.log(), |log| log.contains("cleaned up")).await;

    // The refresh key stays for as long as a session may live.
    assert_eq!(count(&app).await, 3);
    let left = until(async || published(&app).await, |kids| kids.len() == 1).await;
    assert!(left.is_disjoint(&old));
    retire("2592000000").await;
    let node = app.another_node();
    until(async || node.log(), |log| log.contains("cleaned up")).await;
    assert_eq!(count(&app).await, 2);
}

#[tokio::test]
async fn two_nodes_that_start_at_once_on_an_empty_database_both_come_up_and_trust_each_other() {
    for _ in 0..5 {
        let secret = "7b".repeat(32);
        let (one, other) = TestApp::two_at_once(&[("SECRET_KEY", &secret)]);

        let ann = one.signed_up("ann@example.org").await;
        let bob = other.signed_up("bob@example.org").await;

        assert_eq!(published(&one).await, published(&other).await);
        for (browser, node) in [(ann, &other), (bob, &one)] {
            let mut there = browser.moved_to(node);
            assert_eq!(there.who_am_i().await.status, 200);
            assert_eq!(there.refresh().await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_node_that_cannot_open_a_new_key_says_so_and_works_with_the_others() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    keys(&app, &["rotate"]);
    until(async || published(&app).await, |kids| kids.len() == 2).await;
    assert_eq!(app.browser().get("/readyz").await.body["keys"], "ok");

    // Sealed for another place is as good as sealed by another secret.
    app.database().await.run("UPDATE keys SET sealed = (SELECT sealed FROM keys WHERE id = 2) WHERE id = 256").await;

    let ready = until(async || app.browser().get("/readyz").await, |reply| reply.body["keys"] != "ok").await;
    assert_eq!((ready.status, &ready.body["keys"]), (200, &Value::from("unreadable")));
    assert_eq!(browser.who_am_i().await.status, 200);
    assert_eq!(browser.refresh().await.status, 200);

    app.database().await.run("DELETE FROM keys WHERE kind = 'signing' AND id <> 256").await;
    let ready = until(async || app.browser().get("/readyz").await, |reply| reply.status != 200).await;
    assert_eq!((ready.status, &ready.body["keys"]), (503, &Value::from("missing")));
    assert_eq!(browser.refresh().await.failure(), (503, "busy"));
}

#[tokio::test]
async fn an_operator_sees_every_key_and_what_it_is_good_for() {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;
    let state = |printed: &str, id: &str| {
        let line = printed.lines().find(|line| line.split("  ").next() == Some(id)).expect("a line").to_owned();
        line.split("  ").skip(1).map(|part| part.split(" 2").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let first = keys(&app, &["list"]);
    assert_eq!(state(&first, "1"), ["refresh", "-", "deriving since"]);
    assert_eq!(state(&first, "2"), ["signing", &kid(&browser), "signing since"]);

    let printed = keys(&app, &["rotate"]);
    assert_eq!(printed.trim_end().lines().count(), 1, "{printed}");
    let ahead = keys(&app, &["list"]);
    assert_eq!(state(&ahead, "2")[2], "signing since");
    assert_eq!((&*state(&ahead, "3")[2], &*state(&ahead, "256")[2]), ("next from", "next from"));
    assert!(printed.contains(&state(&ahead, "256")[1]), "{printed}");

    keys(&app, &["rotate", "--now"]);
    let at_once = keys(&app, &["list"]);
    assert_eq!((&*state(&at_once, "2")[2], &*state(&at_once, "257")[2]), ("verifying until", "signing since"));
    assert_eq!(at_once.matches("signing since").count(), 1, "{at_once}");
    assert_eq!(at_once.matches("deriving since").count(), 1, "{at_once}");

    keys(&app, &["rotate", "--compromised"]);
    let left = keys(&app, &["list"]);
    assert_eq!(left.matches("  signing  ").count(), 1, "{left}");
    assert_eq!(rotations(&app).await, 3);
    assert!(!app.command(&["keys", "rotate", "--now", "--compromised"]).status.success());
}

#[tokio::test]
async fn another_service_follows_a_rotation_and_refuses_nobody() {
    let (token, entry) = TestApp::service_credential();
    let app = TestApp::as_issuer(&[("SERVER__SERVICES", &entry), ("TOKENS__PUBLISH_AHEAD", "4s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let service = Service::start(&app.base, &token, "tabkey");
    until(async || service.pension(&browser).await, |reply| reply.status == 200).await;
    let old = kid(&browser);

    keys(&app, &["rotate"]);
    let rotated = Instant::now();
    let signed = until(
        async || {
            assert_eq!(browser.refresh().await.status, 200);
            let reply = service.pension(&browser).await;
            assert_eq!(reply.status, 200, "{:?} after the rotation: {}", rotated.elapsed(), reply.text);
            kid(&browser)
        },
        |kid| *kid != old,
    )
    .await;

    assert_ne!(signed, old);
}

#[tokio::test]
async fn the_wrong_secret_stops_the_start_and_changes_nothing() {
    let app = TestApp::start();
    age(&app).await;

    for arguments in [&["check"][..], &["keys", "rotate"], &["keys", "rotate", "--compromised"], &["keys", "list"]] {
        let mut wrong = command(app.folder.path());
        let output = wrong.args(arguments).env("TABKEY_SECRET_KEY", "ab".repeat(32)).output().expect("it runs");

        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("TABKEY_SECRET_KEY"), "{arguments:?}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    }
    assert_eq!((count(&app).await, rotations(&app).await), (2, 0));
}
