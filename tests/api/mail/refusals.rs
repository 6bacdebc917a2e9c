//! What becomes of a mail that the mail server refuses, at each stage and in each way.

use crate::support::{HANG_UP, MailServer, Stage, TestApp, until};

/// An app that signs in to this mail server.
fn app(server: &MailServer) -> TestApp {
    let url = format!("smtp://tabkey:secret@{}", server.address);
    TestApp::with(&[("MAIL__SMTP_URL", &url), ("LIMITS__ENABLED", "false")])
}

/// Lets every mail's time come, and somebody else's wake the post.
async fn tried_again(app: &TestApp, somebody: &str) {
    app.database().await.run("UPDATE mails SET try_at = 0").await;
    app.signed_up(somebody).await;
}

/// How often a line was logged.
fn lines(app: &TestApp, words: &str) -> usize {
    app.log().matches(words).count()
}

async fn waits_until_the_server_is_well(rows: &[(Stage, &'static str)]) {
    let server = MailServer::start().await;
    let app = app(&server);
    for (n, (stage, reply)) in rows.iter().enumerate() {
        let email = format!("ann{n}@example.org");
        let before = lines(&app, "and is tried again");
        server.answers(*stage, reply);

        app.signed_up(&email).await;
        let tries = until(async || lines(&app, "and is tried again"), |tries| *tries > before).await;
        assert!(tries > before, "{stage:?} {reply:?}: {}", app.log());
        assert!(server.got_for(&email).is_empty(), "{stage:?} {reply:?}");
        server.is_well();
        let other = format!("bob{n}@example.org");
        tried_again(&app, &other).await;

        let got = until(async || server.got_for(&email), |got| !got.is_empty()).await;
        assert_eq!(got.len(), 1, "{stage:?} {reply:?}: {}", app.log());
        // The next row is to begin with a connection of its own.
        until(async || server.got_for(&other), |got| !got.is_empty()).await;
        until(async || server.heard(), |heard| heard.last().is_some_and(|line| line == "QUIT")).await;
    }
    assert_eq!(lines(&app, "is given up"), 0, "{}", app.log());
    let left = until(async || app.database().await.count("SELECT count(*) FROM mails").await, |left| *left == 0).await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_mail_outlives_whatever_is_said_before_it_is_offered() {
    waits_until_the_server_is_well(&[
        (Stage::Greeting, "421 too many connections"),
        (Stage::Greeting, "554 5.7.1 your network is on a list"),
        (Stage::Greeting, "HTTP/1.1 400 Bad Request"),
        (Stage::Hello, "550 5.7.1 who are you"),
        (Stage::Hello, "421 later"),
        (Stage::Auth, "535 5.7.8 wrong password"),
        (Stage::Auth, "530 5.7.0 authentication required"),
        (Stage::Auth, "454 4.7.0 cannot look it up now"),
        (Stage::Auth, "gibberish"),
    ])
    .await;
}

#[tokio::test]
async fn a_mail_outlives_refusals_of_its_sender_policies_quotas_and_greylists() {
    waits_until_the_server_is_well(&[
        (Stage::Mail, "530 5.7.0 authentication required"),
        (Stage::Mail, "553 5.1.8 bad sender"),
        (Stage::Mail, "452 4.3.1 insufficient system storage"),
        (Stage::Recipient, "550 5.7.1 relaying denied"),
        (Stage::Recipient, "550 relay not permitted"),
        (Stage::Recipient, "451 4.7.1 greylisted"),
        (Stage::Recipient, "452 4.2.2 mailbox over quota"),
        (Stage::Recipient, "552 5.2.2 mailbox over quota"),
        (Stage::Recipient, "421 going down"),
        (Stage::Data, "451 local error"),
        (Stage::End, "452 quota"),
        (Stage::End, "554 5.7.1 looks like spam"),
        (Stage::End, "\u{0}\u{7f}garbage"),
    ])
    .await;
}

#[tokio::test]
async fn a_mail_outlives_a_server_that_hangs_up_at_any_stage() {
    waits_until_the_server_is_well(&[
        (Stage::Greeting, HANG_UP),
        (Stage::Hello, HANG_UP),
        (Stage::Auth, HANG_UP),
        (Stage::Mail, HANG_UP),
        (Stage::Recipient, HANG_UP),
        (Stage::Data, HANG_UP),
        (Stage::End, HANG_UP),
    ])
    .await;
}

#[tokio::test]
async fn a_recipient_that_does_not_exist_is_given_up_logged_and_counted() {
    let server = MailServer::start().await;
    let app = app(&server);
    for (n, (stage, reply)) in [
        (Stage::Recipient, "550 5.1.1 no such user"),
        (Stage::Recipient, "550 no such user here"),
        (Stage::Recipient, "553 5.1.3 that is no address"),
        (Stage::End, "554 5.6.0 cannot read this"),
    ]
    .into_iter()
    .enumerate()
    {
        server.answers(stage, reply);

        app.signed_up(&format!("nobody{n}@example.org")).await;

        let given_up = until(async || lines(&app, "a mail is given up"), |lines| *lines > n).await;
        assert_eq!(given_up, n + 1, "{reply}: {}", app.log());
        server.is_well();
    }

    app.signed_up("ann@example.org").await;
    let got = until(async || server.got_for("ann@example.org"), |got| !got.is_empty()).await;

    assert_eq!((got.len(), server.got().len()), (1, 1));
    let metrics = app.browser().get("/metrics").await.text;
    assert!(metrics.contains("tabkey_mails_total{outcome=\"given_up\"} 4"), "{metrics}");
    assert!(!app.log().contains("nobody0@example.org"), "{}", app.log());
}

#[tokio::test]
async fn what_waits_can_be_seen_and_so_can_that_it_has_gone() {
    let server = MailServer::start().await;
    let app = app(&server);
    server.answers(Stage::Auth, "535 5.7.8 wrong password");
    app.signed_up("ann@example.org").await;
    let gauge = |metrics: &str, name: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().parse::<f64>().unwrap_or(-1.0)
    };
    let look = async || app.browser().get("/metrics").await.text;

    let stuck = until(look, |metrics| gauge(metrics, "tabkey_mails_waiting ") == 1.0).await;
    assert_eq!(gauge(&stuck, "tabkey_mails_waiting "), 1.0, "{stuck}");
    assert!(gauge(&stuck, "tabkey_mails_oldest_seconds ") >= 0.0, "{stuck}");
    server.is_well();
    tried_again(&app, "bob@example.org").await;

    let well = until(look, |metrics| gauge(metrics, "tabkey_mails_waiting ") == 0.0).await;
    assert_eq!(gauge(&well, "tabkey_mails_waiting "), 0.0, "{well}");
    assert!(well.contains("tabkey_mails_total{outcome=\"sent\"} 2"), "{well}");
}

#[tokio::test]
async fn a_greylist_keeps_no_link_from_a_person_who_asks_three_times() {
    const RESET: &str = "Subject: Choose a new password";
    let server = MailServer::start().await;
    let app = app(&server);
    app.signed_up("ann@example.org").await;
    until(async || server.got(), |got| !got.is_empty()).await;
    server.answers(Stage::Recipient, "451 4.7.1 greylisted");
    for n in 1..=3 {
        let reply = app.browser().post("/api/forgot_password", &[("email", "ann@example.org")]).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let tries = until(async || lines(&app, "and is tried again"), |tries| *tries >= n).await;
        assert!(tries >= n, "{}", app.log());
    }

    // Put off once more, as greylists do it for minutes.
    let before = lines(&app, "and is tried again");
    tried_again(&app, "bob@example.org").await;
    until(async || lines(&app, "and is tried again"), |tries| *tries >= before + 3).await;
    server.is_well();
    tried_again(&app, "cid@example.org").await;

    let resets = async || server.got().into_iter().filter(|mail| mail.contains(RESET)).collect::<Vec<_>>();
    let got = until(resets, |got| got.len() >= 3).await;
    assert_eq!(got.len(), 3, "{}", app.log());
    assert_eq!(lines(&app, "a mail is dropped"), 0);

    let reply = app.browser().post("/api/forgot_password", &[("email", "ann@example.org")]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    until(async || lines(&app, "a mail is dropped"), |lines| *lines > 0).await;
    let line = app.log().lines().find(|line| line.contains("a mail is dropped")).map(String::from).unwrap_or_default();
    assert!(line.contains("enough of its kind within the hour") && !line.contains("ann@"), "{}", app.log());
    let metrics = app.browser().get("/metrics").await.text;
    assert!(metrics.contains("tabkey_mails_total{outcome=\"dropped\"} 1"), "{metrics}");
}
