//! Addresses: one form for each, and none that cannot be mailed.

use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn an_international_domain_is_one_account_however_a_browser_writes_it() {
    let app = TestApp::with(&[("LIMITS__ENABLED", "false")]);
    app.signed_up("ann@bücher.example").await;
    app.mail("ann@xn--bcher-kva.example", "Confirm your email address").await;

    for spelling in [
        "ann@xn--bcher-kva.example",
        "ann@bücher.example",
        "Ann@BÜCHER.example",
        "ann@bu\u{308}cher.example",
        " ann@bücher.example ",
        "ann@bücher\u{3002}example",
    ] {
        let taken = app.browser().sign_up(spelling, PASSWORD).await;
        assert_eq!(taken.status, 409, "{spelling}: {}", taken.text);
        let signed_in = app.browser().sign_in(spelling, PASSWORD).await;
        assert_eq!(signed_in.status, 200, "{spelling}: {}", signed_in.text);
    }
    assert_eq!(app.database().await.count("SELECT count(*) FROM users").await, 1);
}

#[tokio::test]
async fn an_address_that_cannot_be_mailed_is_refused_wherever_a_new_one_is_typed() {
    let app = TestApp::with(&[("LIMITS__ENABLED", "false")]);
    let mut ann = app.signed_up("ann@example.org").await;
    for bad in [
        "a..b@example.org",
        ".a@example.org",
        "a.@example.org",
        "ann\u{ff20}example.org",
        "ann\u{fe6b}example.org",
        "ann@example\u{ff20}.org",
        "ann@b@example.org",
        "bücher@example.org",
        "ann@example",
        "ann@127.0.0.1",
        "ann@-example.org",
        "ann@exa_mple.org",
        "ann@xn--a.example",
        "ann@\u{200b}example.org\u{0}",
        "\u{212a}im@example.org",
        "ann@example.org\r\nBcc: all@example.org",
    ] {
        let refused = app.browser().sign_up(bad, PASSWORD).await;
        assert_eq!(refused.status, 422, "{bad:?}: {}", refused.text);
        let form = [("email", bad), ("new_email", bad), ("password", PASSWORD)];
        let unchanged = ann.post("/api/change_email", &form).await;
        assert_eq!(unchanged.status, 422, "{bad:?}: {}", unchanged.text);
    }
    assert_eq!(app.database().await.count("SELECT count(*) FROM users").await, 1);
}

#[tokio::test]
async fn who_signed_up_under_an_address_of_the_rules_before_is_not_locked_out() {
    let app = TestApp::start();
    app.signed_up("old@example.org").await;
    app.database().await.run("UPDATE users SET email = 'a..b@example.org'").await;

    let reply = app.browser().sign_in("a..b@example.org", PASSWORD).await;

    assert_eq!(reply.status, 200, "{}", reply.text);
}
