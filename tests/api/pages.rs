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
    for (path, status) in [("/devices", 200), ("/sign-in?next=/a&x=%22%3E", 200), ("/nowhere", 404)] {
        let led = browser.send(browser.request(Method::GET, path).header("sec-fetch-site", "cross-site")).await;

        assert_eq!((led.status, led.header("cache-control").as_str()), (status, "no-store"), "{path}");
        let again = format!("<meta http-equiv=\"refresh\" content=\"0;url={}\">", path.replace('&', "&amp;"));
        assert!(led.text.contains(&again) && led.cookies.is_empty(), "{}", led.text);
        assert!(led.header("content-security-policy").contains("default-src 'none'"));
    }
    let own = browser.send(browser.request(Method::GET, "/devices").header("sec-fetch-site", "same-origin")).await;
    assert_eq!(own.status, 302, "once");
}

#[tokio::test]
async fn nothing_but_a_navigation_of_a_visitor_is_asked_to_come_once_more() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let is_once_more = |page: &str| page.contains("http-equiv=\"refresh");

    let page = browser.send(browser.request(Method::GET, "/").header("sec-fetch-site", "cross-site")).await;
    assert!(!is_once_more(&page.text), "the cookie came");
    browser.jar.clear();
    for (header, value) in [("sec-fetch-dest", "image"), ("sec-fetch-mode", "no-cors")] {
        let request = browser.request(Method::GET, "/").header("sec-fetch-site", "cross-site").header(header, value);
        assert!(!is_once_more(&browser.send(request).await.text), "{header}: {value}");
    }
    for path in ["/favicon.svg", "//evil.example", "/%5cevil.example"] {
        let request = browser.request(Method::GET, path).header("sec-fetch-site", "cross-site");
        assert!(!is_once_more(&browser.send(request).await.text), "{path}");
    }
    assert!(
        !is_once_more(&browser.send(browser.request(Method::GET, "/")).await.text),
        "a crawler says nothing of itself"
    );
}

#[tokio::test]
async fn what_a_browser_has_signed_out_of_is_not_drawn_though_the_server_has_not_heard_of_it() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let hint = browser.jar.keys().find(|name| name.ends_with("signed-in")).cloned().unwrap();
    browser.jar.remove(&hint);

    let page = browser.send(browser.request(Method::GET, "/devices").header("sec-fetch-dest", "document")).await;

    assert_eq!(page.status, 302);
    assert!(!page.text.contains("Ann Lee"));
}

#[tokio::test]
async fn the_words_of_a_page_follow_the_settings() {
    let app = TestApp::with(&[
        ("PASSWORDS__MIN_LENGTH", "20"),
        ("SESSION__SHARED_IDLE_TIMEOUT", "90m"),
        ("ACCOUNTS__DELETION_GRACE", "30d"),
    ]);
    let mut browser = app.signed_up("ann@example.org").await;

    assert!(browser.get("/account").await.text.contains("30 days"));
    let mut visitor = app.browser();
    assert!(visitor.get("/sign-up").await.text.contains("At least 20 characters"));
    assert!(visitor.get("/sign-in").await.text.contains("90 minutes"));
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
async fn how_a_session_ended_is_told_on_the_start_page_too_also_where_its_tab_has_heard_of_it() {
    let app = TestApp::start();
    let mut lost = app.signed_up("ann@example.org").await;
    app.signed_in("ann@example.org").await.post("/api/devices/revoke_others", &[]).await;
    // A tab that has heard of it has deleted the hint.
    lost.jar.remove("__Host-signed-in");
    lost.token = None;

    let page = lost.send(lost.request(Method::GET, "/").header("sec-fetch-dest", "document")).await;

    assert!(page.text.contains("Signed out by") && page.text.contains("Sign in once"), "{}", page.text);
    assert!(!page.text.contains("Ann Lee"));
}

#[tokio::test]
async fn what_a_form_did_or_was_given_is_handed_to_the_next_page_once_and_not_by_its_address() {
    let app = TestApp::with(&[("SESSION__PROFILE", "tab")]);
    let mut browser = app.browser();
    let submit = |browser: &super::support::Browser, email: &str| {
        let form = [("email", email), ("next", "/forgot-password"), ("page", "/forgot-password")];
        browser.request(Method::POST, "/api/forgot_password").header("accept", "text/html").form(&form)
    };
    for (email, said) in [("ann@example.org", "the mail is on its way"), ("no address", "value=\"no address\"")] {
        let request = submit(&browser, email);
        let reply = browser.send(request).await;
        assert!(reply.status == 303 && !reply.header("location").contains("ann"), "{}", reply.header("location"));
        assert_eq!((reply.header("tabkey-refused").as_str(), reply.cookies.len()), ("", 1));
        assert!(reply.cookie("__Host-flash").ends_with("; HttpOnly; Path=/; SameSite=Strict; Secure; Max-Age=60"));
        let next = reply.header("location");

        let image = browser.request(Method::GET, &next).header("sec-fetch-dest", "image");
        assert!(!browser.send(image).await.text.contains(said), "only a page that somebody sees takes it");
        assert!(browser.get(&next).await.text.contains(said), "{said}");
        assert!(!browser.get(&next).await.text.contains(said), "once");
    }
}

#[tokio::test]
async fn a_page_that_leads_on_leaves_what_was_handed_to_it_to_the_next() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    browser.jar.insert("__Host-flash".into(), "done=mail_sent".into());

    let led = browser.get("/sign-in").await;

    assert_eq!((led.status, led.cookies.len()), (302, 0));
    assert!(browser.get("/forgot-password").await.text.contains("the mail is on its way"));
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
