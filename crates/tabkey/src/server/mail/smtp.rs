//! Handing a mail to a mail server, step by step: what a refusal means depends on the step. Runs in: the server.

use std::{fs, path::Path, time::Duration};

use lettre::{
    Message,
    transport::smtp::{
        self,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use percent_encoding::percent_decode_str;
use tokio::{sync::Mutex, time::timeout};
use url::{Host, Url};

use super::{
    Failure,
    verdict::{Stage, Verdict, enhanced, judge},
};
use crate::server::{StartError, config};

/// How long a mail server may take to let one in, and over one mail: some hold back their answer on purpose.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to say good-bye.
const FAREWELL: Duration = Duration::from_secs(5);
const WANTED: &str = "smtps://user:password@mail.example.org or smtp://mail.example.org?tls=required";

/// One mail server, and how to talk to it.
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    hello: ClientId,
    /// The connection of the mail before, while more are waiting.
    kept: Mutex<Option<AsyncSmtpConnection>>,
}

enum Encryption {
    FromTheStart(TlsParameters),
    StartTls(TlsParameters),
    /// If the server offers it.
    Perhaps(TlsParameters),
    None,
}

impl Smtp {
    /// `public_url` names this server to the mail server. Errors: the setting that cannot be used; the address may hold a
    /// password, and is in no sentence.
    pub fn new(address: &str, mail: &config::Mail, public_url: &str) -> Result<Self, StartError> {
        let wrong = || StartError(format!("mail.smtp_url cannot be used: write {WANTED}"));
        let url = Url::parse(address).map_err(|_| wrong())?;
        let host = url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()).ok_or_else(wrong)?;
        if host.is_empty() {
            return Err(wrong());
        }
        let tls = || trust(host.clone(), mail);
        let mode = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        // RFC 8314 §3.3 and RFC 6409 §3.1; a relay of one's own network listens on 25.
        let (default_port, encryption) = match (url.scheme(), mode.as_deref()) {
            ("smtps", _) => (465, Encryption::FromTheStart(tls()?)),
            ("smtp", Some("required")) => (587, Encryption::StartTls(tls()?)),
            ("smtp", Some("opportunistic")) => (587, Encryption::Perhaps(tls()?)),
            ("smtp", None) => (25, Encryption::None),
            _ => return Err(wrong()),
        };
        let plain = |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| wrong());
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(plain(url.username())?, plain(password)?)),
            None => None,
        };
        // A name of its own may follow the host.
        let hello = match url.path().trim_matches('/') {
            "" => hello(public_url),
            name => ClientId::Domain(name.to_owned()),
        };
        let port = url.port().unwrap_or(default_port);
        Ok(Self { host, port, encryption, credentials, hello, kept: Mutex::default() })
    }

    pub async fn send(&self, message: &Message) -> Result<(), Failure> {
        let late = |is_everybodys| Failure {
            is_final: false,
            is_everybodys,
            why: "the mail server did not answer in time".into(),
        };
        let kept = self.kept.lock().await.take();
        let mut connection = match kept {
            Some(connection) => connection,
            None => timeout(PATIENCE, self.connect()).await.unwrap_or_else(|_| Err(late(true)))?,
        };
        // Some look at the recipient while one waits: that is this mail's matter alone.
        let handed_over =
            timeout(PATIENCE, hand_over(&mut connection, message)).await.unwrap_or_else(|_| Err(late(false)));
        match handed_over {
            Ok(()) => *self.kept.lock().await = Some(connection),
            Err(_) => part(connection).await,
        }
        handed_over
    }

    /// Nothing more is to be sent for now.
    pub async fn rest(&self) {
        if let Some(connection) = self.kept.lock().await.take() {
            part(connection).await;
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let from_the_start = match &self.encryption {
            Encryption::FromTheStart(tls) => Some(tls.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(server, Some(PATIENCE), &self.hello, from_the_start, None);
        let mut connection = step(Stage::Connect, connecting).await?;
        match &self.encryption {
            Encryption::StartTls(tls) => {
                step(Stage::Connect, connection.starttls(tls.clone(), &self.hello)).await?;
            }
            Encryption::Perhaps(tls) if connection.can_starttls() => {
                step(Stage::Connect, connection.starttls(tls.clone(), &self.hello)).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            step(Stage::Auth, connection.auth(DEFAULT_MECHANISMS, credentials)).await?;
        }
        Ok(connection)
    }
}

async fn hand_over(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Failure> {
    let (envelope, content) = (message.envelope(), message.formatted());
    let mut parameters = Vec::new();
    if !content.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    step(Stage::Sender, connection.command(Mail::new(envelope.from().cloned(), parameters))).await?;
    for to in envelope.to() {
        step(Stage::Recipient, connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
    }
    step(Stage::Content, connection.command(Data)).await?;
    step(Stage::Content, connection.message(&content)).await?;
    Ok(())
}

async fn part(mut connection: AsyncSmtpConnection) {
    let _ = timeout(FAREWELL, connection.abort()).await;
}

async fn step<T>(stage: Stage, work: impl Future<Output = Result<T, smtp::Error>>) -> Result<T, Failure> {
    work.await.map_err(|error| {
        let words = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let code = error.status().map(u16::from);
        Failure {
            is_final: code.is_some_and(|code| judge(stage, code, enhanced(&words), &words) == Verdict::Final),
            is_everybodys: matches!(stage, Stage::Connect | Stage::Auth | Stage::Sender),
            why: format!("{error} ({stage:?})").chars().take(MAX_WORDS).collect(),
        }
    })
}

/// Characters of a mail server's words that go into the log.
const MAX_WORDS: usize = 300;

/// The host of the public address (RFC 5321 §4.1.4: a name that is known, or an address in brackets).
fn hello(public_url: &str) -> ClientId {
    match Url::parse(public_url).ok().and_then(|url| url.host().map(|host| host.to_owned())) {
        Some(Host::Domain(name)) => ClientId::Domain(name),
        Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
        Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
        None => ClientId::Domain("localhost".into()),
    }
}

/// The roots that everybody trusts, and the company's own.
fn trust(host: String, mail: &config::Mail) -> Result<TlsParameters, StartError> {
    let wrong = |file: &Path, why: &str| {
        StartError(format!(
            "mail.ca_file = {file:?} cannot be used ({why}): name a file that begins with -----BEGIN CERTIFICATE-----"
        ))
    };
    let mut parameters = TlsParameters::builder(host);
    let Some(file) = &mail.ca_file else {
        return parameters.build().map_err(|error| StartError(format!("mail.smtp_url cannot be used: {error}")));
    };
    let text = fs::read(file).map_err(|error| wrong(file, &error.to_string()))?;
    if !text.windows(BEGIN.len()).any(|part| part == BEGIN) {
        return Err(wrong(file, "no certificate is in it"));
    }
    parameters =
        parameters.add_root_certificate(Certificate::from_pem(&text).map_err(|error| wrong(file, &error.to_string()))?);
    parameters.build().map_err(|error| wrong(file, &error.to_string()))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_told_the_host_of_the_public_address() {
        for (url, name) in [
            ("https://app.example.org", "app.example.org"),
            ("https://App.Example.org:8443", "app.example.org"),
            ("https://bücher.example", "xn--bcher-kva.example"),
            ("http://127.0.0.1:3000", "[127.0.0.1]"),
            ("http://[::1]:3000", "[IPv6:::1]"),
            ("http://localhost:3000", "localhost"),
        ] {
            assert_eq!(hello(url).to_string(), name, "{url}");
        }
    }

    #[test]
    fn an_address_of_a_mail_server_says_how_to_talk_to_it() {
        let mail = crate::server::config::Config::for_tests().mail;
        let read = |address| Smtp::new(address, &mail, "https://app.example.org");
        for (address, host, port) in [
            ("smtps://mail.example.org", "mail.example.org", 465),
            ("smtp://mail.example.org?tls=required", "mail.example.org", 587),
            ("smtp://mail.example.org?tls=opportunistic", "mail.example.org", 587),
            ("smtp://127.0.0.1", "127.0.0.1", 25),
            ("smtp://[::1]:2525", "::1", 2525),
            ("smtps://ann%40example.org:p%3Ass@mail.example.org:4650", "mail.example.org", 4650),
        ] {
            let smtp = read(address).map_err(|error| error.0).expect(address);
            assert_eq!((smtp.host.as_str(), smtp.port), (host, port), "{address}");
        }
        let own = read("smtp://mail.example.org/relay.example.org").map_err(|error| error.0).expect("one");
        assert_eq!(own.hello.to_string(), "relay.example.org");
        for bad in
            ["", "mail.example.org", "gopher://mail", "smtp://mail.example.org?tls=maybe", "smtps://", "smtp:///x"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
