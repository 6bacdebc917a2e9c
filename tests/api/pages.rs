//! The HTML that the server draws, and forms without the WASM.

use reqwest::Method;

use super::support::{PASSWORD, REFRESH, TestApp};

#[tokio::test]
async fn flash_the_first_html_is_already_theirs() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let token = browser.token.take().unwrap();

    for path in ["/", "/devices", "/account"] {
        let page = browser.get(path).await;

        assert_eq!(page.status, 200);
        assert!(page.text.contains("Ann Lee"), "{path}");
        assert!(!page.text.contains("href=\"/sign-in\""), "{path}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.cookies.is_empty(), "a render sets no cookie");
        for secret in [token.as_str(), browser.jar[REFRESH].as_str()] {
            assert!(!page.text.contains(secret), "{path}");
        }
    }
    assert!(browser.get("/devices").await.text.contains("This device"));
}

#[tokio::test]
async fn a_signed_out_visitor_is_led_to_the_sign_in_page_and_back() {
    let app = TestApp::start();
    let mut browser = app.browser();

    let page = browser.get("/devices").await;

    assert_eq!((page.status, page.header("location").as_str()), (302, "/sign-in?next=/devices"));
    assert!(!page.text.contains("This device"));
}

#[tokio::test]
async fn strict_and_mail_link() {
    let app = TestApp::start();
    let mut browser = app.browser();

    let page = browser.send(browser.request(Method::GET, "/devices").header("sec-fetch-site", "cross-site")).await;

    assert_eq!(page.status, 200, "the browser kept the cookie back: the tab asks for itself");
    assert!(page.text.contains("Loading") && !page.text.contains("Sign in"));
}

#[tokio::test]
async fn the_page_says_why_one_was_signed_out_after_reloads_too() {
    let app = TestApp::start();
    let mut lost = app.signed_up("ann@example.org").await;
    let mut kept = app.signed_in("ann@example.org").await;
    kept.post("/api/devices/revoke_others", &[]).await;
    lost.token = None;

    for _ in 0..2 {
        let page = lost.get("/sign-in").await;
        assert!(page.text.contains("Signed out by"), "{}", page.text);
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_a_page_with_404() {
    let app = TestApp::start();

    let page = app.browser().get("/nowhere/at/all").await;

    assert_eq!(page.status, 404);
    assert!(page.text.contains("There is nothing here"));
    assert_eq!(app.browser().get("/pkg/nothing.wasm").await.status, 404);
}

#[tokio::test]
async fn r36_each_page_has_its_own_nonce() {
    let app = TestApp::start();
    let policy = async || app.browser().get("/").await.header("content-security-policy");

    let (first, second) = (policy().await, policy().await);

    assert!(first.contains("default-src 'none'") && first.contains("'strict-dynamic'") && first.contains("'nonce-"));
    assert_ne!(first, second);
    let page = app.browser().get("/").await;
    assert!(!page.text.contains(" style=") && !page.text.contains(" onclick="));
}

#[tokio::test]
async fn a_form_works_before_the_wasm_is_there() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;
    let form = |email, next| [("email", email), ("password", PASSWORD), ("next", next)];
    let rows = [
        ("ann@example.org", "/devices?sort=1", "/devices?sort=1"),
        ("ann@example.org", "", "/"),
        ("ann@example.org", "https://evil.example/", "/"),
        ("ann@example.org", "//evil.example", "/"),
        ("ann@example.org", "/\\evil.example", "/"),
        ("bob@example.org", "/devices", "/sign-in?code=wrong_credentials&next=%2Fdevices"),
        ("rubbish", "/", "/sign-in?code=invalid_input&field.email=malformed&next=%2F"),
    ];
    for (email, next, expected) in rows {
        let mut browser = app.browser();
        let request = browser
            .request(Method::POST, "/api/sign_in")
            .header("accept", "text/html,application/xhtml+xml")
            .header("referer", "https://evil.example/trap")
            .form(&form(email, next));

        let reply = browser.send(request).await;

        assert_eq!((reply.status, reply.header("location").as_str()), (303, expected), "{email} {next}");
        assert_eq!(browser.jar.contains_key(REFRESH), email.starts_with("ann"));
        assert!(reply.text.is_empty(), "no token goes to a page");
    }
}

#[tokio::test]
async fn codes_in_an_address_are_worded_and_words_are_not() {
    let app = TestApp::start();

    let page = app.browser().get("/sign-in?code=wrong_credentials").await;
    let forged = app.browser().get("/sign-in?code=call+0800+now&reason=%3Cb%3Eforged").await;

    assert!(page.text.contains("don’t go together"));
    assert!(!forged.text.contains("0800") && !forged.text.contains("forged"));
}
