//! Connections, starts and stops of a node, and what strangers can make it write.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::support::{TestApp, command, until};

/// What comes back for these bytes, until the server hangs up or keeps still for a while.
fn answer_to(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    stream.write_all(bytes).unwrap();
    let (mut answer, mut part) = (Vec::new(), [0; 4_096]);
    while let Ok(count @ 1..) = stream.read(&mut part) {
        answer.extend_from_slice(&part[..count]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn r44_a_check_in_http_1_0_needs_no_host_and_an_odd_host_reaches_no_page() {
    let app = TestApp::start();
    for path in ["/readyz", "/healthz", "/", "/sign-in", "/devices"] {
        let answer = answer_to(&app, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.0 302"), "{path}: {answer}");
        let empty = answer_to(&app, format!("GET {path} HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n").as_bytes());
        assert!(empty.starts_with("HTTP/1.1 200") || empty.starts_with("HTTP/1.1 302"), "{path}: {empty}");
        for host in ["a:99999", "a b", "user@a", "[::1", "1.2.3.999", "b\u{fc}cher", "a/b"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = answer_to(&app, request.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 400 "), "{path} at {host}: {answer}");
            assert!(answer.contains(r#"{"code":"invalid_input","fields":{"host":"malformed"}}"#), "{answer}");
        }
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: a b:/\r\nConnection: close\r\n\r\n");
        let answer = answer_to(&app, request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 302"), "{path}: {answer}");
    }
    assert!(!app.log().contains("panicked"), "{}", app.log());
}

#[tokio::test]
async fn r36_and_r42_what_is_no_request_is_answered_like_everything_else() {
    let app = TestApp::start();
    let large = format!("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nCookie: {}\r\n\r\n", "c".repeat(200_000));

    let refused = answer_to(&app, b"GET / HTTP/1.1\r\nno header\r\n\r\n");
    let too_large = answer_to(&app, large.as_bytes());

    assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains(r#"{"code":"invalid_input""#), "{refused}");
    assert!(too_large.starts_with("HTTP/1.1 431 ") && too_large.contains("Delete the cookies"), "{too_large}");
    for answer in [refused, too_large] {
        assert!(answer.contains("charset=utf-8") && answer.contains("content-security-policy: "), "{answer}");
    }
}

#[tokio::test]
async fn a_node_that_stops_says_no_first_and_serves_until_balancers_have_noticed() {
    let app = TestApp::with(&[("SERVER__SHUTDOWN_DELAY", "3s")]);
    let mut browser = app.signed_up("ann@example.org").await;
    assert_eq!(browser.get("/readyz").await.status, 200);

    app.signal("-TERM");

    let ready = until(async || browser.get("/readyz").await, |reply| reply.status == 503).await;
    assert_eq!((ready.status, &ready.body["writer"]), (503, &"stopping".into()));
    assert_eq!(ready.body.as_object().map(|parts| parts.len()), Some(4));
    assert_eq!(app.browser().get("/healthz").await.status, 200, "a new connection");
    assert_eq!(app.signed_in("ann@example.org").await.refresh().await.status, 200);
    let mut app = app;
    assert!(app.wait());
}

#[tokio::test]
async fn a_second_signal_ends_a_node_at_once() {
    let mut app = TestApp::with(&[("SERVER__SHUTDOWN_DELAY", "1h")]);
    let mut browser = app.browser();
    assert_eq!(browser.get("/readyz").await.status, 200);
    app.signal("-TERM");
    until(async || browser.get("/readyz").await, |reply| reply.status == 503).await;

    let start = Instant::now();
    app.signal("-TERM");

    assert!(app.wait());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn nobody_waits_for_a_balancer_that_is_not_there() {
    let mut app = TestApp::with(&[("SERVER__SHUTDOWN_DELAY", "1h")]);
    app.signal("-TERM");
    assert!(app.wait());
}

#[test]
fn check_says_what_can_hardly_be_meant_and_a_pod_is_no_setting() {
    let folder = tempfile::tempdir().unwrap();
    let check = command(folder.path())
        .arg("check")
        .env("LEPTOS_SITE_ADDR", "0.0.0.0:3000")
        .env("TABKEY_PORT", "tcp://10.0.171.239:3000")
        .env("TABKEY_SERVICE_HOST", "10.0.171.239")
        .env("TABKEY_PORT_3000_TCP", "tcp://10.0.171.239:3000")
        .env("TABKEY_SERVER_MAX_CONNECTIONS", "5")
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&check.stdout);
    assert!(check.status.success(), "{said} {}", String::from_utf8_lossy(&check.stderr));
    for word in ["server.public_url", "LEPTOS_SITE_ROOT", "TABKEY_SERVER__MAX_CONNECTIONS"] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn a_setting_that_is_no_text_ends_the_start_and_is_not_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bad = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"postgres://ann:p\xe4ss@db/x");

    let output = command(folder.path()).arg("check").env("DATABASE_URL", bad).output().expect("it runs");

    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("DATABASE_URL cannot be used"), "{said}");
    assert!(!said.contains("ann:p") && !folder.path().join("data").exists(), "{said}");
}

#[test]
fn the_address_that_is_printed_opens() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(folder.path()).env("LEPTOS_SITE_ADDR", "0.0.0.0:0").stdout(Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let printed =
        lines.map_while(Result::ok).find_map(|line| Some(line.split_once("listens on http://")?.1.to_owned()));
    let address = printed.unwrap();

    assert!(address.starts_with("127.0.0.1:"), "{address}");
    assert!(TcpStream::connect(address.trim()).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn r37_https_is_demanded_for_the_own_host_and_for_those_below_only_when_asked_for() {
    let here = TestApp::with(&[("SERVER__PUBLIC_URL", "https://localhost:3443")]);
    assert_eq!(here.browser().get("/sign-in").await.header("strict-transport-security"), "", "other ports are others'");
    let rows = [("false", "max-age=63072000"), ("true", "max-age=63072000; includeSubDomains")];
    for (and_below, demanded) in rows {
        let settings =
            [("SERVER__PUBLIC_URL", "https://app.example.org"), ("SERVER__HSTS_INCLUDE_SUBDOMAINS", and_below)];
        let app = TestApp::with(&settings);
        assert_eq!(app.browser().get("/sign-in").await.header("strict-transport-security"), demanded);
    }
}

#[test]
fn a_low_soft_limit_of_files_is_raised() {
    let folder = tempfile::tempdir().unwrap();
    let usual = command(folder.path());
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -Sn 128 && exec \"$0\""]).arg(usual.get_program()).current_dir(folder.path());
    for (name, value) in usual.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let mut child = limited.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let printed =
        lines.by_ref().map_while(Result::ok).find_map(|line| Some(line.split_once("listens on http://")?.1.to_owned()));
    let address = printed.unwrap();

    let held: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = TcpStream::connect(address.trim()).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).unwrap();
            assert_eq!(&answer, b"HTTP/1.1 200");
            stream
        })
        .collect();

    assert_eq!(held.len(), 300);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// `FLOOD_REQUESTS` says how many: 5,000 if it does not, and `make test-long` says a million.
#[tokio::test]
async fn a_flood_that_nobody_counts_leaves_memory_flat_and_the_log_short() {
    let requests: usize = std::env::var("FLOOD_REQUESTS").map_or(5_000, |count| count.parse().expect("a number"));
    let app = TestApp::start();
    let flood = async |count: usize| {
        let one = async |browser: super::support::Browser| {
            let mut browser = browser;
            for _ in 0..count / 8 {
                assert_eq!(browser.get("/api/who_am_i").await.status, 401);
            }
        };
        futures::future::join_all((0..8).map(|_| one(app.browser()))).await;
    };
    flood(2_000).await;
    let before = app.resident();

    flood(requests).await;

    let after = app.resident();
    let refused = app.log().matches("token_missing").count();
    println!("{requests} requests: {before} kB before, {after} kB after, {refused} lines of the log");
    assert!(after < before + 4 * 1024, "{before} kB became {after} kB");
    assert!(refused < requests / 10, "{refused} lines for {requests} requests");
    let summed =
        until(async || app.log(), |log| log.contains("more kind=\"token_missing\"") || log.contains("and 1,")).await;
    assert!(summed.contains(" more"), "{summed}");
}
