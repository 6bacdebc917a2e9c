//! Rubbish of every kind: a typed answer, in bounded time, echoing nothing.

use reqwest::{Method, header::CONTENT_TYPE};

use super::support::{Browser, PASSWORD, Reply, TestApp};

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(browser: &mut Browser, path: &str, body: impl Into<reqwest::Body>) -> Reply {
    browser.send(browser.request(Method::POST, path).header(CONTENT_TYPE, FORM).body(body)).await
}

#[tokio::test]
async fn a_body_that_is_not_understood_is_refused_with_its_fields() {
    let app = TestApp::with(&[("LIMITS__ENABLED", "false")]);
    let mut browser = app.browser();
    let rows: [(&[u8], &str, &str); 9] = [
        (b"email=a%40b.org&email=c%40d.org&password=x", "email", "duplicate"),
        (b"email=a%40b.org&password=x&is_admin=1", "is_admin", "unknown"),
        (b"email[]=1", "email[]", "unknown"),
        (b"email=%ff%fe&password=x", "email", "malformed"),
        (b"email=a%00b%40c.org&password=x", "email", "malformed"),
        (b"email=a%E2%80%AEb%40c.org&password=x", "email", "malformed"),
        (b"email=%zz&password=x", "email", "malformed"),
        (b"password=x", "email", "required"),
        (b"", "email", "required"),
    ];
    for (body, field, wrong) in rows {
        for path in ["/api/sign_in", "/api/sign_up"] {
            let reply = post(&mut browser, path, body).await;
            assert_eq!(reply.failure(), (422, "invalid_input"), "{}", String::from_utf8_lossy(body));
            assert_eq!(reply.body["fields"][field], wrong, "{}", String::from_utf8_lossy(body));
        }
    }
}

#[tokio::test]
async fn remember_is_true_or_false() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;

    let form = [("email", "ann@example.org"), ("password", PASSWORD), ("remember", "maybe")];
    let reply = app.browser().post("/api/sign_in", &form).await;

    assert_eq!(reply.body["fields"]["remember"], "malformed");
}

#[tokio::test]
async fn ten_megabytes_are_refused_whether_announced_or_not() {
    let app = TestApp::start();
    let mut browser = app.browser();

    let announced = post(&mut browser, "/api/sign_in", vec![b'a'; 10_000_000]).await;

    assert_eq!(announced.failure(), (413, "too_large"));
    let chunks = (0..1_000).map(|_| Ok::<_, std::io::Error>(vec![b'a'; 10_000]));
    let stream = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
    let request = browser.request(Method::POST, "/api/sign_in").header(CONTENT_TYPE, FORM).body(stream);
    assert_eq!(browser.send(request).await.failure(), (413, "too_large"));
}

#[tokio::test]
async fn other_encodings_methods_and_paths_are_named() {
    let app = TestApp::start();
    let mut browser = app.browser();
    let json = browser.request(Method::POST, "/api/sign_in").json(&serde_json::json!({"email": "a@b.org"}));
    assert_eq!(browser.send(json).await.failure(), (415, "unsupported_media_type"));
    for (method, path) in [
        (Method::GET, "/api/sign_in"),
        (Method::GET, "/api/refresh"),
        (Method::PUT, "/api/sign_in"),
        (Method::DELETE, "/api/devices"),
        (Method::POST, "/api/who_am_i"),
    ] {
        let reply = browser.send(browser.request(method.clone(), path)).await;
        assert_eq!(reply.failure(), (405, "method_not_allowed"), "{method} {path}");
        assert!(!reply.header("allow").is_empty(), "{method} {path}");
    }
    let head = browser.send(browser.request(Method::HEAD, "/api/sign_in")).await;
    assert_eq!(head.status, 405);
    for path in ["/api", "/api/", "/api/nothing", "/api/devices/", "/api/../api/nothing"] {
        assert_eq!(browser.get(path).await.failure(), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_under_api_is_json_and_kept_by_nobody() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    for (method, path) in [
        (Method::GET, "/api/who_am_i"),
        (Method::GET, "/api/devices"),
        (Method::POST, "/api/refresh"),
        (Method::GET, "/api/nothing"),
        (Method::GET, "/api/sign_in"),
        (Method::POST, "/api/sign_in"),
        (Method::POST, "/api/sign_out"),
    ] {
        let reply = browser.send(browser.request(method.clone(), path)).await;
        assert_eq!(reply.header("cache-control"), "no-store", "{method} {path}");
        assert_eq!(reply.header("content-type"), "application/json; charset=utf-8", "{method} {path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert!(!reply.body.is_null());
    }
}

#[tokio::test]
async fn r12_a_cookie_or_a_query_is_no_bearer_token() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let token = browser.token.take().unwrap();

    assert_eq!(browser.who_am_i().await.failure(), (401, "token_missing"));
    assert_eq!(browser.get("/api/devices").await.failure(), (401, "token_missing"));
    let in_query = browser.get(&format!("/api/who_am_i?access_token={token}")).await;
    assert_ne!(in_query.status, 200);
    assert!(!app.log().contains(&token));
}

#[tokio::test]
async fn r34_another_site_cannot_post() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        for path in ["/api/refresh", "/api/sign_out", "/api/sign_in"] {
            let reply = browser.send(browser.request(Method::POST, path).header(name, value)).await;
            assert_eq!(reply.failure(), (403, "cross_site"), "{name}: {value}");
            assert!(reply.header("vary").to_lowercase().contains("sec-fetch-site"));
        }
    }
    let ours = browser.request(Method::POST, "/api/refresh").header("sec-fetch-site", "same-origin");
    assert_eq!(browser.send(ours).await.status, 200);
    assert_eq!(browser.generation(), 2);
}

#[tokio::test]
async fn r44_headers_are_bounded_and_name_one_host() {
    let app = TestApp::start();
    let mut browser = app.browser();

    let huge = browser.send(browser.request(Method::GET, "/").header("x-large", "a".repeat(20_000))).await;

    assert_eq!(huge.status, 431);
    for hosts in ["", "Host: one\r\nHost: two\r\n"] {
        let answer = raw(&app, &format!("GET /api/who_am_i HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{hosts:?}: {answer}");
    }
}

async fn raw(app: &TestApp, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = app.base.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
