//! Mails: what they say, and how they leave. Runs in: the server.

mod letter;
pub mod letters;
mod outbox;
mod smtp;
mod verdict;
mod words;

use std::path::PathBuf;

use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart, header},
};
use smtp::Smtp;
use uuid::Uuid;

#[doc(hidden)]
pub use letter::{Letter, Occasion, Purpose};
pub use letters::{ENGLISH, Letters};
#[doc(hidden)]
pub use outbox::{Kept, list, read};
#[doc(hidden)]
pub use words::{Given, Written, write};

use super::{StartError, config};

/// How mails leave this node.
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Smtp(Box<Smtp>),
    /// No mail server is configured: they lie in a folder.
    Outbox(PathBuf),
}

/// Why a mail did not leave.
#[derive(Debug)]
pub struct Failure {
    /// Trying again will not help: the mail server will not have it.
    pub is_final: bool,
    /// It says nothing of this mail: none can be handed on now.
    pub is_everybodys: bool,
    pub why: String,
}

impl Mailer {
    /// `public_url` names this server to the mail server. Errors: the setting that cannot be used.
    pub fn new(mail: &config::Mail, public_url: &str) -> Result<Self, StartError> {
        let wrong = || StartError(format!("mail.from = {:?} cannot be used: write Name <name@example.org>", mail.from));
        let mut from: Mailbox = mail.from.parse().map_err(|_| wrong())?;
        // A mail server need not know another form of it.
        let domain = idna::domain_to_ascii(from.email.domain()).map_err(|_| wrong())?;
        from.email = Address::new(from.email.user(), domain).map_err(|_| wrong())?;
        let way = match &mail.smtp_url {
            Some(url) => Way::Smtp(Box::new(Smtp::new(&url.0, mail, public_url)?)),
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
            Way::Smtp(server) => server.send(&self.message(id, to, written)?).await,
        }
    }

    /// Nothing more is to be sent for now.
    pub async fn rest(&self) {
        if let Way::Smtp(server) = &self.way {
            server.rest().await;
        }
    }

    fn message(&self, id: Uuid, to: &str, written: &Written) -> Result<Message, Failure> {
        let never =
            |error: &dyn std::fmt::Display| Failure { is_final: true, is_everybodys: false, why: error.to_string() };
        let to = Mailbox::new(None, to.parse().map_err(|error| never(&error))?);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use tabkey_core::Email;

    fn mailer(from: &str) -> Mailer {
        let mail = config::Mail { from: from.into(), ..config::Config::for_tests().mail };
        Mailer::new(&mail, "https://app.example.org").map_err(|error| error.0).expect("a sender")
    }

    fn built(address: &str) -> Message {
        let written = Written { subject: "Hello", text: "Hello".into(), html: "<p>Hello</p>".into() };
        let message = mailer("Bank <no-reply@bank.example>").message(Uuid::nil(), address, &written);
        message.map_err(|failure| failure.why).expect(address)
    }

    /// Everything that an address may be made of, and what it may not.
    fn typed() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,66}@[a-zA-Z0-9.-]{1,70}",
            "[a-z.+]{1,8}@[a-zü例а-я。.-]{1,12}\\.[a-zé]{2,5}",
            "\\PC{0,40}@\\PC{0,40}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn whatever_is_taken_as_an_address_can_be_mailed(input in typed()) {
            if let Ok(email) = Email::parse(&input) {
                let message = built(email.as_str());
                let to: Vec<String> = message.envelope().to().iter().map(ToString::to_string).collect();
                prop_assert_eq!(to, vec![email.as_str().to_owned()]);
                prop_assert!(message.formatted().is_ascii());
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()), "one form");
                prop_assert_eq!(Email::known(&input), Ok(email));
            }
        }
    }

    #[test]
    fn a_sender_with_an_international_domain_needs_nothing_of_a_mail_server() {
        let from = mailer("Bücher <no-reply@bücher.example>").from;
        assert_eq!(from.email.to_string(), "no-reply@xn--bcher-kva.example");
        assert_eq!(mailer("no-reply@localhost").from.email.to_string(), "no-reply@localhost");
    }
}
