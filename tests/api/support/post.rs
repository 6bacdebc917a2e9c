//! Mails that are not sent: the outbox of a server without a mail server.

use serde_json::Value;

use super::{TestApp, until};

/// A mail that was not sent.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Mail {
    /// The token of the link in it.
    pub fn token(&self) -> String {
        let (_, rest) = self.text.split_once("?token=").expect("a link with a token");
        rest.split_whitespace().next().expect("a token").to_owned()
    }

    /// The link in it.
    pub fn link(&self) -> &str {
        self.text.lines().find(|line| line.starts_with("http")).expect("a link")
    }
}

impl TestApp {
    /// Every mail in the outbox, the oldest first.
    pub fn outbox(&self) -> Vec<Mail> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("data/outbox")) else { return Vec::new() };
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        let read = |file| serde_json::from_slice::<Value>(&std::fs::read(file).expect("a mail")).expect("JSON");
        let text = |mail: &Value, name: &str| mail[name].as_str().expect("text").to_owned();
        files
            .iter()
            .map(read)
            .map(|mail| Mail {
                to: text(&mail, "to"),
                subject: text(&mail, "subject"),
                text: text(&mail, "text"),
                html: text(&mail, "html"),
            })
            .collect()
    }

    /// The mails of this subject to this address, once there are `count`.
    pub async fn mails(&self, to: &str, subject: &str, count: usize) -> Vec<Mail> {
        let look = async || {
            self.outbox().into_iter().filter(|mail| mail.to == to && mail.subject == subject).collect::<Vec<_>>()
        };
        let found = until(look, |mails| mails.len() >= count).await;
        assert_eq!(found.len(), count, "{subject} to {to}: {:?}", self.outbox());
        found
    }

    pub async fn mail(&self, to: &str, subject: &str) -> Mail {
        self.mails(to, subject, 1).await.remove(0)
    }
}
