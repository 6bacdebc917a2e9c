//! Mails, where they arrive: the outbox of a server without a mail server, and a mail server that keeps what it gets.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

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

/// A mail server that takes every mail, or answers that it is busy.
pub struct MailServer {
    pub address: String,
    got: Arc<Mutex<Vec<String>>>,
    pub is_busy: Arc<AtomicBool>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (got, is_busy) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicBool::new(false)));
        let (kept, busy) = (got.clone(), is_busy.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone(), busy.clone()));
            }
        });
        Self { address, got, is_busy }
    }

    /// What came, as it came.
    pub fn got(&self) -> Vec<String> {
        self.got.lock().expect("no panic while serving").clone()
    }
}

/// As much of RFC 5321 as it takes to be handed a mail.
async fn serve(stream: TcpStream, got: Arc<Mutex<Vec<String>>>, busy: Arc<AtomicBool>) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 here\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "MAIL" if busy.load(Ordering::Relaxed) => b"451 later\r\n",
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await.ok()? {
                    if line == "." {
                        break;
                    }
                    mail += &(line + "\n");
                }
                got.lock().expect("no panic while serving").push(mail);
                b"250 taken\r\n"
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").await.ok()?;
                return Some(());
            }
            _ => b"250 fine\r\n",
        };
        writer.write_all(answer).await.ok()?;
    }
    Some(())
}
