//! What happens to a request and to a reply inside the router, whatever they are about.

use std::collections::BTreeSet;

use reqwest::{Method, header::HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Browser, HINT, PASSWORD, REFRESH, Reply, TestApp};

const EVIL: &str = "https://evil.example/page";

/// Sends these bytes on a connection of their own, and reads until the server closes it.
async fn raw(app: &TestApp, request: &[u8]) -> String {
    let address = app.base.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Asks for a path as it is written, without a client that tidies it up.
async fn ask(app: &TestApp, method: &str, path: &str, more: &str) -> String {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}Connection: close\r\n\r\n");
    raw(app, request.as_bytes()).await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn header(answer: &str, name: &str) -> Option<String> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let line = head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}: ")))?;
    line.split_once(": ").map(|(_, value)| value.to_owned())
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

async fn with_cookies(browser: &mut Browser, method: Method, path: &str, lines: &[&[u8]]) -> Reply {
    let jar = std::mem::take(&mut browser.jar);
    let mut request = browser.request(method, path);
    for line in lines {
        request = request.header("cookie", HeaderValue::from_bytes(line).expect("visible bytes"));
    }
    let reply = browser.send(request).await;
    browser.jar.extend(jar);
    reply
}

#[tokio::test]
async fn r33_a_letter_in_anybodys_cookie_signs_nobody_out() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    browser.token = None;
    let ours = format!("{REFRESH}={}", browser.jar[REFRESH]);

    for other in [&b"city=M\xc3\xbcnchen"[..], b"city=M\xfcnchen", b"\xff=\xfe", b"=", b"name"] {
        let before = [other, b"; ", ours.as_bytes()].concat();
        let after = [ours.as_bytes(), b"; ", other].concat();
        for lines in [&[&before[..]][..], &[&after], &[other, ours.as_bytes()]] {
            let page = with_cookies(&mut browser, Method::GET, "/devices", lines).await;
            assert_eq!(page.status, 200, "{:?}", String::from_utf8_lossy(&lines.concat()));
        }
    }
    let twins = [ours.as_bytes(), b"; city=M\xfcnchen; ", ours.as_bytes()].concat();
    assert_eq!(with_cookies(&mut browser, Method::GET, "/devices", &[&twins]).await.status, 302);
    let dirty = [b"city=M\xfcnchen; ", ours.as_bytes()].concat();
    assert_eq!(with_cookies(&mut browser, Method::POST, "/api/refresh", &[&dirty]).await.status, 200);
}

#[tokio::test]
async fn two_applications_on_one_host_leave_each_others_session_alone() {
    let one = TestApp::start();
    let two = TestApp::with(&[("SERVER__COOKIE_SUFFIX", "-two")]);
    let mut browser = one.signed_up("ann@example.org").await;
    let before = browser.jar.clone();

    browser.move_to(&two.base);
    browser.token = None;
    assert_eq!(browser.sign_up("ann@example.org", PASSWORD).await.status, 200);

    assert_eq!(browser.jar.len(), 4, "{:?}", browser.jar.keys());
    assert!(before.iter().all(|(name, value)| browser.jar[name] == *value));
    let page = browser.get("/devices").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("-two"), "the tab learns what its cookie is called");
    assert_eq!(browser.refresh().await.status, 200);
    browser.move_to(&one.base);
    assert_eq!(browser.get("/devices").await.status, 200);
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.sign_out().await.status, 200);
    let left: BTreeSet<_> = browser.jar.keys().cloned().collect();
    assert_eq!(left, BTreeSet::from([format!("{REFRESH}-two"), format!("{HINT}-two")]));
}

#[tokio::test]
async fn a_full_browser_drops_both_cookies_last() {
    let app = TestApp::start();
    let mut browser = app.browser();

    let reply = browser.sign_up("ann@example.org", PASSWORD).await;

    for name in [REFRESH, HINT] {
        assert!(reply.cookie(name).contains("; Priority=High"), "{}", reply.cookie(name));
    }
}

#[tokio::test]
async fn r40_no_location_leaves_the_site() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let paths = ["/api/who_am_i", "/api/devices", "/api/account", "/api/account/export", "/api/devices?x=1", "/api/no"];
    for path in paths {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT] {
            let request = browser.request(method.clone(), path).header("accept", "text/html").header("referer", EVIL);
            let reply = browser.send(request).await;
            assert_eq!(reply.header("location"), "", "{method} {path}");
            assert!(!(300..400).contains(&reply.status), "{method} {path}");
        }
    }
    for path in ["/api/devices/revoke", "/api/change_password", "/api/verify_email", "/api/sign_out", "/api/step_up"] {
        let request = browser.request(Method::POST, path).header("accept", "text/html").header("referer", EVIL);
        let reply = browser.send(request.form(&[("next", EVIL), ("page", EVIL)])).await;
        let location = reply.header("location");
        assert!(location.starts_with('/') && !location.starts_with("//"), "{path}: {location}");
        assert!(!location.contains("evil"), "{path}: {location}");
    }
    for path in
        ["//evil.example", "//evil.example/..", "//evil.example/%2e%2e/a.js", "//pkg/.", "/pkg", "/%5cevil.example"]
    {
        let answer = ask(&app, "GET", path, "Accept: text/html\r\n").await;
        assert_eq!((status(&answer), header(&answer, "location")), (404, None), "{path}");
    }
}

#[tokio::test]
async fn after_a_sign_in_one_goes_to_a_path_as_it_is_written_or_home() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;
    for (next, expected) in [
        ("/healthz", "/healthz"),
        ("/a/../devices", "/"),
        ("/.//evil.example", "/"),
        ("/%2e%2e//evil.example", "/"),
        ("/%5cevil.example", "/"),
        ("/%2f/evil.example", "/"),
    ] {
        let mut browser = app.browser();
        let request = browser.request(Method::POST, "/api/sign_in").header("accept", "text/html");
        let form = [("email", "ann@example.org"), ("password", PASSWORD), ("next", next)];

        let reply = browser.send(request.form(&form)).await;

        assert_eq!((reply.status, reply.header("location").as_str()), (303, expected), "{next}");
    }
}

#[tokio::test]
async fn a_form_that_may_send_no_referer_leads_back_to_its_page() {
    let app = TestApp::start();
    let mut browser = app.browser();
    for (path, page) in [
        ("/api/reset_password", "/reset-password"),
        ("/api/verify_email", "/verify-email"),
        ("/api/change_email/confirm", "/confirm-email"),
        ("/api/change_email/undo", "/undo-email"),
        ("/api/not_me", "/not-me"),
    ] {
        let shown = browser.get(&format!("{page}?token=abc")).await;
        assert!(shown.text.contains(&format!("name=\"page\" value=\"{page}\"")), "{page}");
        let request = browser.request(Method::POST, path).header("accept", "text/html");
        let mut form = vec![("token", "abc"), ("page", page)];
        if path == "/api/reset_password" {
            form.push(("new_password", PASSWORD));
        }

        let reply = browser.send(request.form(&form)).await;

        let location = reply.header("location");
        assert!(location.starts_with(&format!("{page}?code=link_invalid")), "{location}");
        assert!(location.contains("token=abc"), "{location}");
    }
}

#[tokio::test]
async fn r29_a_page_with_a_token_tells_nobody_where_it_was() {
    let app = TestApp::start();
    let mut browser = app.browser();
    for path in ["/reset-password", "/verify-email", "/confirm-email", "/undo-email", "/not-me"] {
        for address in [format!("{path}?token=abcdefgh"), path.to_owned(), format!("{path}/")] {
            let page = browser.get(&address).await;
            assert_eq!(page.header("referrer-policy"), "no-referrer", "{address}");
        }
    }
    assert_eq!(browser.get("/sign-in").await.header("referrer-policy"), "same-origin");
    assert!(!app.log().contains("abcdefgh"));
}

#[tokio::test]
async fn a_link_page_without_its_token_says_what_to_do() {
    let app = TestApp::start();
    for path in ["/reset-password", "/verify-email", "/confirm-email", "/undo-email", "/not-me"] {
        let page = app.browser().get(path).await;

        assert_eq!(page.status, 200);
        assert!(page.text.contains("Open the link in the mail"), "{path}");
        assert!(!page.text.contains("name=\"token\""), "{path}");
    }
}

#[tokio::test]
async fn r36_the_nonce_is_in_nonce_attributes_alone_and_new_each_time() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let mut seen = BTreeSet::new();
    for path in ["/", "/devices", "/account", "/activity", "/reset-password?token=a", "/nowhere"] {
        for _ in 0..3 {
            let page = browser.get(path).await;
            let policy = page.header("content-security-policy");
            let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
            assert!(nonce.len() >= 22, "128 bits in base64: {nonce}");
            let in_attributes = page.text.matches(&format!("nonce=\"{nonce}\"")).count();
            assert!(in_attributes > 0, "{path}");
            assert_eq!(page.text.matches(nonce).count(), in_attributes, "{path}: it is somewhere else too");
            assert!(seen.insert(nonce.to_owned()), "{path}: a nonce came twice");
        }
    }
}

#[tokio::test]
async fn r34_an_origin_is_ours_with_scheme_host_and_port() {
    let app = TestApp::with(&[("SERVER__PUBLIC_URL", "https://app.example.org")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let here = app.base.clone();
    let port = here.rsplit(':').next().unwrap_or_default();
    for (origin, expected) in [
        ("https://app.example.org", 200),
        ("http://app.example.org", 403),
        ("https://app.example.org:8443", 403),
        (&*here, 200),
        (&*format!("https://127.0.0.1:{port}"), 403),
        (&*format!("http://localhost:{port}"), 403),
        ("http://127.0.0.1", 403),
    ] {
        let request = browser.request(Method::POST, "/api/refresh").header("origin", origin);
        assert_eq!(browser.send(request).await.status, expected, "{origin}");
    }
    let named = "Host: app.local\r\nOrigin: http://app.local\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let elsewhere = raw(&app, format!("POST /api/refresh HTTP/1.1\r\n{named}").as_bytes()).await;
    assert_eq!(status(&elsewhere), 403);
}

#[tokio::test]
async fn r45_what_is_dear_has_a_limit() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let id = browser.session();
    let named = [("id", id.as_str()), ("name", "Mine")];
    let rows = [
        (Method::POST, "/api/devices/rename", &named[..], 40),
        (Method::GET, "/api/account/export", &[], 20),
        (Method::POST, "/api/verify_email/ask", &[], 20),
        (Method::GET, "/api/activity", &[], 100),
    ];
    for (method, path, form, tries) in rows {
        let mut refused = None;
        for _ in 0..tries {
            let mut request = browser.request(method.clone(), path);
            if method == Method::POST {
                request = request.form(form);
            }
            let reply = browser.send(request).await;
            if reply.status != 200 {
                refused = Some(reply);
                break;
            }
        }
        let reply = refused.unwrap_or_else(|| panic!("{path} has no limit"));
        assert_eq!(reply.failure(), (429, "too_many_attempts"), "{path}");
        assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{path}");
    }
    assert_eq!(browser.who_am_i().await.status, 200, "the rest goes on");
}

#[tokio::test]
async fn r48_reports_of_strangers_fill_no_log() {
    let app = TestApp::start();
    let mut browser = app.browser();
    let report = serde_json::json!({"csp-report": {"effective-directive": "img-src"}});
    let mut statuses = BTreeSet::new();
    for _ in 0..200 {
        let reply = browser.send(browser.request(Method::POST, "/csp-report").json(&report)).await;
        statuses.insert(reply.status);
    }

    assert_eq!(statuses, BTreeSet::from([204, 429]));
    assert!(app.log().matches("breach of the content security policy").count() < 60);
    let forged = serde_json::json!({"csp-report": {"effective-directive": "a\u{1b}[31m\nforged"}});
    browser.send(browser.request(Method::POST, "/csp-report").json(&forged)).await;
    assert!(!app.log().contains("forged"));
}

#[tokio::test]
async fn a_password_manager_finds_where_to_change_the_password() {
    let app = TestApp::start();
    let mut browser = app.browser();

    let found = browser.get("/.well-known/change-password").await;

    assert_eq!((found.status, found.header("location").as_str()), (302, "/account"));
    let none = browser.get("/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200").await;
    assert_eq!(none.status, 404);
}

#[tokio::test]
async fn head_answers_as_get_does() {
    let app = TestApp::start();
    let mut signed_in = app.signed_up("ann@example.org").await;
    let mut nobody = app.browser();
    let paths = [
        "/",
        "/devices",
        "/account",
        "/sign-in",
        "/nowhere",
        "/pkg/nothing.wasm",
        "/healthz",
        "/.well-known/jwks.json",
        "/.well-known/change-password",
        "/api/who_am_i",
        "/api/devices",
        "/api/devices?x=1",
        "/api/account",
        "/api/nothing",
        "/api/sign_in",
    ];
    for browser in [&mut signed_in, &mut nobody] {
        for path in paths {
            let get = browser.send(browser.request(Method::GET, path).header("accept", "text/html")).await;
            let head = browser.send(browser.request(Method::HEAD, path).header("accept", "text/html")).await;

            assert_eq!(head.status, get.status, "{path}");
            for name in ["location", "content-type", "cache-control", "www-authenticate", "allow", "referrer-policy"] {
                assert_eq!(head.header(name), get.header(name), "{path} {name}");
            }
            assert_eq!(head.text, "", "{path}");
        }
    }
}

/// The headers that no reply may lack, whatever it is (R36–R38, R42).
fn check_headers(answer: &str, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(header(answer, name).as_deref(), Some(value), "{what}: {name}");
    }
    let hsts = header(answer, "strict-transport-security").unwrap_or_default();
    let seconds = hsts.split("max-age=").nth(1).and_then(|rest| rest.split(';').next()?.parse::<u64>().ok());
    assert!(seconds.is_some_and(|seconds| seconds >= 31_536_000), "{what}: {hsts}");
    for name in ["permissions-policy", "referrer-policy"] {
        assert!(header(answer, name).is_some(), "{what}: {name}");
    }
    let policy = header(answer, "content-security-policy").unwrap_or_default();
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    let kind = header(answer, "content-type").unwrap_or_default();
    let is_text = kind.starts_with("text/") || kind.starts_with("application/json");
    assert!(body(answer).is_empty() || !kind.is_empty(), "{what}");
    assert!(!is_text || kind.contains("charset=utf-8"), "{what}: {kind}");
    let may_be_kept = what.contains(".js") || what.contains("jwks");
    let control = header(answer, "cache-control").unwrap_or_default();
    assert!(may_be_kept || !control.contains("public"), "{what}: {control}");
}

#[tokio::test]
async fn r37_every_kind_of_reply_has_its_headers() {
    let app = TestApp::with(&[("SERVER__PUBLIC_URL", "https://app.example.org")]);
    std::fs::create_dir_all(app.folder.path().join("target/site/pkg")).expect("a folder");
    std::fs::write(app.folder.path().join("target/site/pkg/a.js"), "let a = 1").expect("a file");
    let browser = app.signed_up("ann@example.org").await;
    for (method, path, more, expected) in [
        ("GET", "/", "", 200),
        ("GET", "/devices", "Accept: text/html\r\n", 302),
        ("GET", "/nowhere", "", 404),
        ("GET", "/pkg/nothing.js", "", 404),
        ("GET", "/pkg/a.js", "", 200),
        ("GET", "/pkg/a.js", "If-None-Match: *\r\n", 304),
        ("HEAD", "/pkg/a.js", "", 200),
        ("GET", "/api/who_am_i", "", 401),
        ("GET", "/api/nothing", "", 404),
        ("PUT", "/api/sign_in", "", 405),
        ("PUT", "/healthz", "", 405),
        ("PROPFIND", "/", "", 405),
        ("POST", "/api/sign_in", "Content-Length: 0\r\n", 422),
        ("POST", "/api/refresh", "Sec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n", 403),
        ("POST", "/api/sign_out", "Accept: text/html\r\nContent-Length: 0\r\n", 303),
        ("GET", "/.well-known/jwks.json", "", 200),
        ("GET", "/.well-known/change-password", "", 302),
        ("GET", "/healthz", "", 200),
        ("GET", "/readyz", "", 200),
        ("GET", "/metrics", "", 200),
        ("POST", "/csp-report", "Content-Length: 0\r\n", 204),
    ] {
        let answer = ask(&app, method, path, more).await;
        assert_eq!(status(&answer), expected, "{method} {path}");
        check_headers(&answer, &format!("{method} {path}"));
        if !matches!(path, "/metrics" | "/csp-report" | "/pkg/a.js" | "/healthz" | "/.well-known/jwks.json") {
            let control = header(&answer, "cache-control");
            assert!(expected == 405 || control.as_deref() == Some("no-store"), "{method} {path}: {control:?}");
        }
    }
    // A stream goes on: its head is what counts.
    let response = browser.request(Method::GET, "/api/events").send().await.expect("a stream");
    let head: String = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    check_headers(&format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n"), "the event stream");
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
}

#[tokio::test]
async fn a_redirect_carries_nothing_of_the_page_it_stands_for() {
    let app = TestApp::start();
    for path in ["/devices", "/account", "/activity", "/admin", "/admin/log", "/devices?a=b"] {
        for accept in ["", "Accept: text/html\r\n", "Accept: application/json\r\n", "Accept: */*\r\n"] {
            let answer = ask(&app, "GET", path, accept).await;
            assert_eq!(status(&answer), 302, "{path} {accept}");
            assert!(header(&answer, "location").is_some_and(|to| to.starts_with("/sign-in?next=/")), "{path}");
            assert!(matches!(body(&answer), "" | "0\r\n\r\n"), "{path}: {}", body(&answer));
            assert_eq!(header(&answer, "cache-control").as_deref(), Some("no-store"));
        }
    }
}

#[tokio::test]
async fn a_file_that_changed_by_one_byte_under_the_same_time_is_sent_anew() {
    let app = TestApp::start();
    let file = app.folder.path().join("target/site/pkg/a.js");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    let write = |content: &str| {
        std::fs::write(&file, content).expect("a file");
        let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
        let opened = std::fs::File::options().write(true).open(&file).expect("a file");
        opened.set_modified(time).expect("its time");
    };
    write("let a = 1");
    let mut browser = app.browser();
    let first = browser.get("/pkg/a.js").await;
    let tag = first.header("etag");
    assert_eq!((first.status, first.text.as_str()), (200, "let a = 1"));
    let asked = |browser: &Browser| {
        browser
            .request(Method::GET, "/pkg/a.js")
            .header("if-none-match", &tag)
            .header("if-modified-since", "Thu, 01 Jan 1970 00:00:01 GMT")
    };
    let same = browser.send(asked(&browser)).await;
    assert_eq!(
        (same.status, same.header("etag"), same.header("cache-control")),
        (304, tag.clone(), "public, no-cache".into())
    );

    write("let a = 2");

    let changed = browser.send(asked(&browser)).await;
    assert_eq!((changed.status, changed.text.as_str()), (200, "let a = 2"));
}

/// A few hundred odd requests: nothing but a typed refusal, or a page that says that there is none.
#[tokio::test]
async fn r46_an_odd_request_is_no_failure_of_ours() {
    let app = TestApp::start();
    let long = format!("/{}", "a".repeat(9_000));
    let deep = "/a".repeat(3_000);
    let name = format!("/{}.js", "n".repeat(300));
    let paths = [
        "/api/../x",
        "//api/x",
        "/api//x",
        "/api//sign_in",
        "/%2fapi",
        "/%2Fapi/sign_in",
        "/api%2fsign_in",
        "/api/./sign_in",
        "/api/sign_in/",
        "/api/sign_in;a=b",
        "/api/sign_in%00",
        "/api/sign_in%0d%0aa:b",
        "/api/%73ign_in",
        "/api/SIGN_IN",
        "/api/sign_in?",
        "/api/sign_in?a",
        "/api/sign_in?%ff=%ff",
        "/api?",
        "/api/..%2fx",
        "/api/%2e%2e/x",
        "/api/\\x",
        "/;a=b",
        "/devices;a=b",
        "/devices/../account",
        "/devices/",
        "//devices",
        "/devices//",
        "/%64evices",
        "/devices%00",
        "/..",
        "/../..",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/..%5c..%5cetc",
        "/.",
        "/pkg/../Leptos.toml",
        "/pkg/..%2fLeptos.toml",
        "/pkg/%2e%2e/Leptos.toml",
        "/pkg/",
        "/pkg",
        "/pkg/.",
        "/pkg/a.js/b.js",
        "/.env",
        "/.git/config",
        "/a.js%00",
        "/%ff",
        "/%ff.js",
        "/%zz",
        "/%",
        "/a%",
        "/~root",
        "/*",
        "/{a}",
        "/{*a}",
        "/:id",
        "/admin/users/",
        "/admin/users/a",
        "/admin/users/a/b",
        "/admin/users/%2e%2e",
        "/admin/log?kind=%00",
        "/?%",
        "/?a=%zz",
        "/?next=%00",
        "/sign-in?next=//evil.example",
        "/sign-in?next=%ff",
        "/sign-in?code=%ff",
        "/reset-password?token=%ff",
        "/.well-known/",
        "/.well-known/nothing",
        "/.well-known/jwks.json/",
        "/healthz/",
        "/metrics/x",
        "/dev/outbox/x",
        "/csp-report",
        "/api/events",
        "/api/events?a=b",
        "/api/revocations",
        "/api/revocations/x",
        long.as_str(),
        &deep,
        &name,
    ];
    let methods =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "SEARCH", "get", "GARBAGE"];
    let mut asked = 0;
    for (at, path) in paths.iter().enumerate() {
        // Each path with four of the methods, so that each method meets every kind of path.
        for method in methods.iter().cycle().skip(at).step_by(3).take(4).chain(["GET"].iter()) {
            let answer = ask(&app, method, path, "Accept: text/html\r\nContent-Length: 0\r\n").await;
            let (what, code) = (format!("{method} {}", &path[..path.len().min(60)]), status(&answer));
            assert!((200..500).contains(&code), "{what}: {}", answer.lines().next().unwrap_or_default());
            let is_refusal = code >= 400 && *method != "HEAD";
            let kind = header(&answer, "content-type").unwrap_or_default();
            if is_refusal && (*method != "GET" || path.starts_with("/api/")) {
                assert!(kind.starts_with("application/json; charset=utf-8"), "{what}: {code} {kind}");
                assert!(body(&answer).contains("\"code\":\""), "{what}");
            }
            assert!(code < 400 || !kind.is_empty(), "{what}: {code}");
            assert!(header(&answer, "content-security-policy").is_some(), "{what}: {code}");
            assert!(
                header(&answer, "location").is_none_or(|to| to.starts_with('/') && !to.starts_with("//")),
                "{what}"
            );
            assert!(*method != "TRACE" || code >= 400, "{what}");
            asked += 1;
        }
    }
    assert!(asked > 350, "{asked}");
    for line in ["CONNECT evil.example:443 HTTP/1.1", "OPTIONS * HTTP/1.1", "GET http://evil.example/ HTTP/1.1"] {
        let answer = raw(&app, format!("{line}\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes()).await;
        assert!((200..500).contains(&status(&answer)), "{line}: {answer}");
    }
    let log = app.log();
    assert!(!log.contains("panicked") && !log.contains(" ERROR "), "{log}");
}

#[test]
fn r48_the_proxys_log_has_no_query() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/haproxy.cfg");
    let text = std::fs::read_to_string(file).expect("the configuration");
    let format = text.lines().find(|line| line.trim().starts_with("log-format ")).expect("a format of its own");
    assert!(format.contains("%[var(txn.path)]") && text.contains("http-request set-var(txn.path) path\n"));
    for whole in [" %r ", "}r", "%HU", "%HQ", "}HU", "}HQ", "%hr{", "capture"] {
        assert!(!format.contains(whole), "{whole}");
    }
}
