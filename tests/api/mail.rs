//! Mails: how they leave, and that none is lost.

mod encrypted;
mod notices;
mod refusals;

use crate::support::{MailServer, Stage, TestApp, until};

const CONFIRM: &str = "Confirm your email address";

#[tokio::test]
async fn without_a_mail_server_mails_lie_in_the_outbox_and_the_start_says_so() {
    let app = TestApp::start();
    app.signed_up("ann@example.org").await;

    let mail = app.mail("ann@example.org", CONFIRM).await;

    assert!(app.log().contains("mail.smtp_url is not set"), "{}", app.log());
    assert!(mail.text.contains("/verify-email?token=") && mail.html.contains("<a href="));
    let mut browser = app.browser();
    assert!(browser.get("/dev/outbox").await.text.contains(CONFIRM));
}

#[tokio::test]
async fn a_mail_is_handed_to_the_mail_server() {
    let server = MailServer::start().await;
    let url = format!("smtp://{}", server.address);
    let app = TestApp::with(&[("MAIL__SMTP_URL", &url), ("MAIL__FROM", "Bank <no-reply@bank.example>")]);

    app.signed_up("ann@example.org").await;

    let got = until(async || server.got(), |got| !got.is_empty()).await;
    let mail = &got[0];
    for part in [
        "From: \"Bank\" <no-reply@bank.example>",
        "To: ann@example.org",
        "Subject: Confirm your email address",
        "Auto-Submitted: auto-generated",
        "@bank.example>",
    ] {
        assert!(mail.contains(part) || mail.contains(&part.replace('"', "")), "{part} in {mail}");
    }
    assert!(app.outbox().is_empty());
}

#[tokio::test]
async fn a_mail_server_hears_the_host_of_the_public_address_or_the_name_that_is_configured() {
    for (path, public, name) in [
        ("", "https://Login.Bank.example:8443", "EHLO login.bank.example"),
        ("", "https://bücher.example", "EHLO xn--bcher-kva.example"),
        ("/relay.bank.example", "https://login.bank.example", "EHLO relay.bank.example"),
    ] {
        let server = MailServer::start().await;
        let url = format!("smtp://{}{path}", server.address);
        let app = TestApp::with(&[("MAIL__SMTP_URL", &url), ("SERVER__PUBLIC_URL", public)]);
        app.signed_up("ann@example.org").await;

        let heard = until(async || server.heard(), |heard| !heard.is_empty()).await;
        assert_eq!(heard[0], name);
    }
}

#[tokio::test]
async fn a_mail_is_not_lost_while_the_mail_server_is_busy_nor_sent_twice_after_a_restart() {
    let server = MailServer::start().await;
    server.answers(Stage::Mail, "451 later");
    let url = format!("smtp://{}", server.address);
    let app = TestApp::with(&[("MAIL__SMTP_URL", &url)]);
    app.signed_up("ann@example.org").await;
    let log = until(async || app.log(), |log| log.contains("a mail could not be sent")).await;
    assert!(log.contains("a mail could not be sent"), "{log}");

    server.is_well();
    let app = app.restart("-TERM");
    until(async || server.got(), |got| !got.is_empty()).await;
    let app = app.restart("-TERM");
    app.signed_up("bob@example.org").await;

    let got = until(async || server.got(), |got| got.iter().any(|mail| mail.contains("To: bob@example.org"))).await;
    assert_eq!(got.iter().filter(|mail| mail.contains("To: ann@example.org")).count(), 1);
}

#[tokio::test]
async fn two_nodes_send_one_mail_once() {
    let server = MailServer::start().await;
    let url = format!("smtp://{}", server.address);
    let app = TestApp::with(&[("MAIL__SMTP_URL", &url), ("LIMITS__ENABLED", "false")]);
    let other = app.another_node();
    for n in 0..5 {
        app.signed_up(&format!("ann{n}@example.org")).await;
        other.signed_up(&format!("bob{n}@example.org")).await;
    }

    let got = until(async || server.got(), |got| got.len() >= 10).await;

    assert_eq!(got.len(), 10);
    for n in 0..5 {
        for name in ["ann", "bob"] {
            let to = format!("To: {name}{n}@example.org");
            assert_eq!(got.iter().filter(|mail| mail.contains(&to)).count(), 1, "{to}");
        }
    }
}

#[tokio::test]
async fn a_mail_server_that_cannot_be_named_ends_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = crate::support::command(folder.path());
    let started = command.env("TABKEY_MAIL__SMTP_URL", "gopher://hunter2@mail").output().expect("it runs");

    let said = String::from_utf8_lossy(&started.stderr).into_owned();

    assert!(!started.status.success());
    assert!(said.contains("mail.smtp_url") && !said.contains("hunter2"), "{said}");
}
