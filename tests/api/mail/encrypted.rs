//! Mail servers that speak TLS, with a certificate of the company's own authority.

use std::{fs, path::Path};

use crate::support::{Authority, HANG_UP, MailServer, Stage, TestApp, Tls, command, until};

const REFUSED: &str = "a mail could not be sent, and is tried again";

async fn servers(authority: &Authority) -> [(MailServer, String); 3] {
    let from_the_start = MailServer::with(Tls::FromTheStart(authority.acceptor())).await;
    let offered = MailServer::with(Tls::Offered(authority.acceptor())).await;
    let perhaps = MailServer::with(Tls::Offered(authority.acceptor())).await;
    let urls = [
        format!("smtps://tabkey:secret@{}", from_the_start.address),
        format!("smtp://tabkey:secret@{}?tls=required", offered.address),
        format!("smtp://{}?tls=opportunistic", perhaps.address),
    ];
    let [first, second, third] = urls;
    [(from_the_start, first), (offered, second), (perhaps, third)]
}

#[tokio::test]
async fn a_mail_server_of_an_unknown_authority_gets_neither_mail_nor_password() {
    let authority = Authority::new();
    for (server, url) in servers(&authority).await {
        let app = TestApp::with(&[("MAIL__SMTP_URL", &url)]);

        app.signed_up("ann@example.org").await;

        let log = until(async || app.log(), |log| log.contains(REFUSED)).await;
        assert!(log.contains(REFUSED) && log.contains("certificate"), "{url}: {log}");
        assert!(!log.contains("secret"), "{log}");
        let heard = server.heard();
        assert!(!heard.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{url}: {heard:?}");
        assert!(server.got().is_empty());
    }
}

#[tokio::test]
async fn a_mail_server_of_the_authority_in_mail_ca_file_gets_the_mail() {
    let authority = Authority::new();
    let file = authority.certificate().display().to_string();
    for (server, url) in servers(&authority).await {
        let app = TestApp::with(&[("MAIL__SMTP_URL", &url), ("MAIL__CA_FILE", &file)]);

        app.signed_up("ann@example.org").await;

        let got = until(async || server.got(), |got| !got.is_empty()).await;
        assert_eq!(got.len(), 1, "{url}: {}", app.log());
    }
}

#[tokio::test]
async fn every_certificate_in_mail_ca_file_is_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("both.pem");
    // As many as a system trusts, where this one keeps them in a file.
    let systems = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    let read = |authority: &Authority| fs::read_to_string(authority.certificate()).expect("a certificate");
    fs::write(&file, format!("{systems}# ours\n{}# and theirs\n{}", read(&other), read(&authority)))
        .expect("it is written");
    let server = MailServer::with(Tls::FromTheStart(authority.acceptor())).await;
    let url = format!("smtps://{}", server.address);
    let app = TestApp::with(&[("MAIL__SMTP_URL", &url), ("MAIL__CA_FILE", &file.display().to_string())]);

    app.signed_up("ann@example.org").await;

    let got = until(async || server.got(), |got| !got.is_empty()).await;
    assert_eq!(got.len(), 1, "{}", app.log());
}

#[tokio::test]
async fn a_mail_waits_while_encryption_is_refused_and_never_goes_in_clear() {
    let authority = Authority::new();
    let file = authority.certificate().display().to_string();
    for reply in ["454 4.7.0 TLS not available", "501 5.5.4 syntax", "\u{1}garbage", HANG_UP] {
        let server = MailServer::with(Tls::Offered(authority.acceptor())).await;
        server.answers(Stage::StartTls, reply);
        let url = format!("smtp://tabkey:secret@{}?tls=required", server.address);
        let app = TestApp::with(&[("MAIL__SMTP_URL", &url), ("MAIL__CA_FILE", &file)]);

        app.signed_up("ann@example.org").await;
        let log = until(async || app.log(), |log| log.contains(REFUSED)).await;
        assert!(log.contains(REFUSED), "{reply}: {log}");
        assert!(!server.heard().iter().any(|line| line.starts_with("AUTH")), "{reply}: {:?}", server.heard());
        server.is_well();
        app.database().await.run("UPDATE mails SET try_at = 0").await;

        let got = until(async || server.got(), |got| !got.is_empty()).await;
        assert_eq!(got.len(), 1, "{reply}: {}", app.log());
    }
}

#[test]
fn a_file_of_certificates_that_cannot_be_used_ends_the_start_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("it is written");
        file
    };
    let mut rows = vec![
        (folder.path().join("missing.pem"), "missing"),
        (folder.path().to_owned(), "a folder"),
        (file("empty.pem", b""), "empty"),
        (file("text.pem", b"hello"), "no certificate"),
        (file("binary.pem", &[0x30, 0x82, 0xff, 0x00]), "binary"),
        (file("half.pem", b"-----BEGIN CERTIFICATE-----\nMIIB"), "cut off"),
    ];
    rows.push((
        file("bad.pem", b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
        "no certificate in it",
    ));
    for (file, what) in rows {
        let said = start_with(folder.path(), &file);

        assert!(said.contains("mail.ca_file") && said.contains("cannot be used"), "{what}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{what}: {said}");
    }
}

/// What a server says that does not start.
fn start_with(folder: &Path, ca_file: &Path) -> String {
    let mut command = command(folder);
    command.env("TABKEY_MAIL__SMTP_URL", "smtps://mail.example.org").env("TABKEY_MAIL__CA_FILE", ca_file);
    // Where it does start, `timeout` ends it.
    let mut limited = std::process::Command::new("timeout");
    limited.arg("20").arg(command.get_program()).current_dir(folder);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let started = limited.output().expect("it runs");
    assert!(!started.status.success());
    String::from_utf8_lossy(&started.stderr).into_owned()
}
