//! Notices that nobody asked for: to whom they go, and how many.

use crate::support::{Browser, PASSWORD, TestApp, until};

const CONFIRM: &str = "Confirm your email address";
const RESET: &str = "Choose a new password";
const NEW_DEVICE: &str = "A new device signed in";

fn app() -> TestApp {
    TestApp::with(&[("LIMITS__ENABLED", "false")])
}

/// Signs in with a browser that says this of itself.
async fn sign_in_with(app: &TestApp, email: &str, agent: &str) -> Browser {
    let mut browser = app.browser();
    let form = [("email", email), ("password", PASSWORD)];
    let request = browser.request(reqwest::Method::POST, "/api/sign_in").header("user-agent", agent).form(&form);
    let reply = browser.send(request).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    browser
}

/// The subjects of all mails to this address, once nothing waits whose time has come.
async fn subjects(app: &TestApp, to: &str) -> Vec<String> {
    let waiting = format!("SELECT count(*) FROM mails WHERE try_at <= {}", now());
    until(async || app.database().await.count(&waiting).await, |count| *count == 0).await;
    app.outbox().into_iter().filter(|mail| mail.to == to).map(|mail| mail.subject).collect()
}

fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
    i64::try_from(since.as_millis()).expect("it fits")
}

#[tokio::test]
async fn an_address_that_nobody_confirmed_gets_its_confirmation_and_what_is_asked_for_there() {
    let app = app();
    app.signed_up("ann@example.org").await;
    app.mail("ann@example.org", CONFIRM).await;

    let mut last = app.browser();
    for agent in [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "curl/8.9.1",
    ] {
        last = sign_in_with(&app, "ann@example.org", agent).await;
    }
    let change = [("current_password", PASSWORD), ("new_password", "eight blue doors hum")];
    let changed = last.post("/api/change_password", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    app.browser().post("/api/forgot_password", &[("email", "ann@example.org")]).await;
    app.mail("ann@example.org", RESET).await;

    assert_eq!(subjects(&app, "ann@example.org").await, [CONFIRM, RESET]);
    assert_eq!(app.database().await.count("SELECT count(*) FROM mails").await, 0);
    let told = "SELECT count(*) FROM security_events WHERE kind = 'new_device'";
    assert_eq!(app.database().await.count(told).await, 3);
}

#[tokio::test]
async fn forty_new_devices_are_told_of_in_one_mail_and_an_hour_later_in_another_with_a_count() {
    let app = app();
    app.confirmed("ann@example.org").await;
    let systems = [
        "Windows NT 10.0; Win64; x64",
        "X11; Linux x86_64",
        "Macintosh; Intel Mac OS X 10_15_7",
        "Linux; Android 10; K",
        "X11; CrOS x86_64 14541.0.0",
    ];
    let products = ["", " Edg/1", " OPR/1", " Vivaldi/7", " YaBrowser/2", " Whale/3", " UCBrowser/1", " DuckDuckGo/5"];
    let mut agents = Vec::new();
    for system in systems {
        agents.extend(products.iter().map(|product| format!("Mozilla/5.0 ({system}) Chrome/156 Safari/537{product}")));
    }
    assert_eq!(agents.len(), 40);

    sign_in_with(&app, "ann@example.org", &agents[0]).await;
    app.mail("ann@example.org", NEW_DEVICE).await;
    for agent in &agents[1..] {
        sign_in_with(&app, "ann@example.org", agent).await;
    }

    assert_eq!(subjects(&app, "ann@example.org").await, [CONFIRM, NEW_DEVICE]);
    let mut database = app.database().await;
    assert_eq!(database.count("SELECT count(*) FROM mails").await, 1);
    assert_eq!(database.count("SELECT times FROM mails").await, 39);
    let early = format!("SELECT count(*) FROM mails WHERE try_at < {}", now() + 50 * 60_000);
    assert_eq!(database.count(&early).await, 0);
    database.run("UPDATE mails SET try_at = 0").await;
    let mails = app.mails("ann@example.org", NEW_DEVICE, 2).await;
    assert!(!mails[0].text.contains("This happened") && mails[1].text.contains("This happened 39 times"), "{mails:?}");
}

#[tokio::test]
async fn notices_of_another_kind_or_to_another_account_wait_for_none_of_these() {
    let app = app();
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
    for email in ["ann@example.org", "bob@example.org"] {
        app.confirmed(email).await;

        sign_in_with(&app, email, agent).await;

        app.mail(email, NEW_DEVICE).await;
    }
    let asked = app.browser().post("/api/forgot_password", &[("email", "ann@example.org")]).await;
    assert_eq!(asked.status, 200);
    let token = app.mail("ann@example.org", RESET).await.token();
    let form = [("token", token.as_str()), ("new_password", "eight blue doors hum")];

    let reply = app.browser().post("/api/reset_password", &form).await;

    assert_eq!(reply.status, 200, "{}", reply.text);
    app.mail("ann@example.org", "Your password was changed").await;
}

#[tokio::test]
async fn a_browser_that_updates_itself_is_no_new_device_and_another_browser_is() {
    let app = app();
    let mut browser = app.browser();
    let chrome = |version: u32| {
        format!(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
        )
    };
    let form = [("email", "ann@example.org"), ("password", PASSWORD), ("display_name", "Ann Lee")];
    let request = browser.request(reqwest::Method::POST, "/api/sign_up").header("user-agent", chrome(156)).form(&form);
    assert_eq!(browser.send(request).await.status, 200);
    let token = app.mail("ann@example.org", CONFIRM).await.token();
    assert_eq!(app.browser().post("/api/verify_email", &[("token", &token)]).await.status, 200);

    for version in [157, 158, 159] {
        sign_in_with(&app, "ann@example.org", &chrome(version)).await;
    }
    assert_eq!(subjects(&app, "ann@example.org").await, [CONFIRM]);
    sign_in_with(&app, "ann@example.org", &format!("{} Edg/159.0.0.0", chrome(159))).await;

    let mail = app.mail("ann@example.org", NEW_DEVICE).await;
    assert!(mail.text.contains("Edge on Linux"), "{}", mail.text);
}
