//! Mails: what they say, and how they leave. Runs in: the server.

mod letter;
mod outbox;
mod words;

use std::{path::PathBuf, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart, header},
};
use uuid::Uuid;

pub use letter::{Letter, Occasion, Purpose};
pub use outbox::{Kept, list, read};
pub use words::{Written, write};

use super::{auth::StartError, config};

/// How long one mail server may take over one mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// How mails leave this node.
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// No mail server is configured: they lie in a folder.
    Outbox(PathBuf),
}

/// Why a mail did not leave.
#[derive(Debug)]
pub struct Failure {
    /// Trying again will not help: the mail server will not have it.
    pub is_final: bool,
    pub why: String,
}

impl Mailer {
    /// Errors: the setting that cannot be used.
    pub fn new(mail: &config::Mail) -> Result<Self, StartError> {
        let from = mail.from.parse().map_err(|_| {
            StartError(format!("mail.from = {:?} cannot be used: write Name <name@example.org>", mail.from))
        })?;
        let way = match &mail.smtp_url {
            Some(url) => Way::Smtp(smtp(&url.0)?),
            None => Way::Outbox(mail.outbox.clone()),
        };
        Ok(Self { from, way })
    }

    /// The folder where mails lie that nobody sends.
    pub fn outbox(&self) -> Option<&PathBuf> {
        match &self.way {
            Way::Smtp(_) => None,
            Way::Outbox(folder) => Some(folder),
        }
    }

    /// Hands a mail on. `id` becomes its Message-ID, the same at every try, so that a mailbox that gets it twice can tell.
    pub async fn send(&self, id: Uuid, to: &str, written: &Written) -> Result<(), Failure> {
        match &self.way {
            Way::Outbox(folder) => outbox::keep(folder, id, to, written).await,
            Way::Smtp(transport) => {
                let message = self.message(id, to, written)?;
                let sent = tokio::time::timeout(PATIENCE, transport.send(message)).await;
                match sent {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(Failure { is_final: error.is_permanent(), why: error.to_string() }),
                    Err(_) => Err(Failure { is_final: false, why: "the mail server did not answer in time".into() }),
                }
            }
        }
    }

    fn message(&self, id: Uuid, to: &str, written: &Written) -> Result<Message, Failure> {
        let never = |error: &dyn std::fmt::Display| Failure { is_final: true, why: error.to_string() };
        let to: Mailbox = to.parse().map_err(|error| never(&error))?;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(written.subject)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            // RFC 3834 §5: no out-of-office notice answers this.
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(written.text.clone(), written.html.clone()))
            .map_err(|error| never(&error))
    }
}

fn smtp(url: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, StartError> {
    // The value may hold a password: it is in no sentence.
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
        StartError("mail.smtp_url cannot be used: write smtps://user:password@mail.example.org or smtp://mail.example.org?tls=required".into())
    })?;
    Ok(transport.timeout(Some(PATIENCE)).build())
}

#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".into())
    }
}
