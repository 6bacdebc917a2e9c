//! A mail server that keeps what it gets, and says at each stage what a test wants it to say.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// Instead of an answer, the end of the connection.
pub const HANG_UP: &str = "";

/// What the mail server answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    Greeting,
    Hello,
    StartTls,
    Auth,
    Mail,
    Recipient,
    Data,
    /// The end of the mail's data.
    End,
}

/// A mail server; everything goes well unless it is told otherwise.
pub struct MailServer {
    pub address: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    got: Mutex<Vec<String>>,
    heard: Mutex<Vec<String>>,
    script: Mutex<HashMap<Stage, &'static str>>,
    tls: Tls,
}

/// How it speaks TLS.
#[derive(Clone, Default)]
pub enum Tls {
    #[default]
    Never,
    FromTheStart(TlsAcceptor),
    Offered(TlsAcceptor),
}

impl MailServer {
    pub async fn start() -> Self {
        Self::with(Tls::Never).await
    }

    pub async fn with(tls: Tls) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(State { tls, ..State::default() });
        let kept = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone()));
            }
        });
        Self { address, state }
    }

    /// From now on, at this stage, beside what it was told before.
    pub fn answers(&self, stage: Stage, reply: &'static str) {
        self.state.script.lock().expect("no panic while serving").insert(stage, reply);
    }

    /// Forgets what it was told.
    pub fn is_well(&self) {
        self.state.script.lock().expect("no panic while serving").clear();
    }

    /// What came, as it came.
    pub fn got(&self) -> Vec<String> {
        self.state.got.lock().expect("no panic while serving").clone()
    }

    /// The mails to one address.
    pub fn got_for(&self, address: &str) -> Vec<String> {
        let line = format!("To: {address}\n");
        self.got().into_iter().filter(|mail| mail.contains(&line)).collect()
    }

    /// Every command line, in clear or through TLS.
    pub fn heard(&self) -> Vec<String> {
        self.state.heard.lock().expect("no panic while serving").clone()
    }
}

impl State {
    /// The reply that the test wants, or the one that goes on. `None`: hang up.
    fn reply(&self, stage: Stage, good: &str) -> Option<String> {
        let reply = self.script.lock().expect("no panic while serving").get(&stage).copied().unwrap_or(good).to_owned();
        (reply != HANG_UP).then(|| reply + "\r\n")
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) -> Option<()> {
    match state.tls.clone() {
        Tls::Never => talk(stream, &state, false, true).await.map(drop),
        Tls::FromTheStart(acceptor) => talk(acceptor.accept(stream).await.ok()?, &state, false, true).await.map(drop),
        Tls::Offered(acceptor) => {
            let stream = talk(stream, &state, true, true).await??;
            talk(acceptor.accept(stream).await.ok()?, &state, false, false).await.map(drop)
        }
    }
}

/// As much of RFC 5321 as it takes to be handed a mail. Answers the stream once the other side is to speak TLS on it.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    state: &State,
    offers_tls: bool,
    greets: bool,
) -> Option<Option<S>> {
    let mut stream = BufReader::new(stream);
    if greets {
        say(&mut stream, state.reply(Stage::Greeting, "220 here")?).await?;
    }
    loop {
        let line = read(&mut stream).await?;
        state.heard.lock().expect("no panic while serving").push(line.clone());
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" if offers_tls => state.reply(Stage::Hello, "250-here\r\n250 STARTTLS")?,
            "EHLO" => state.reply(Stage::Hello, "250-here\r\n250 AUTH PLAIN LOGIN")?,
            "STARTTLS" => {
                let reply = state.reply(Stage::StartTls, "220 go on")?;
                let goes_on = reply.starts_with("220");
                say(&mut stream, reply).await?;
                if goes_on {
                    return Some(Some(stream.into_inner()));
                }
                continue;
            }
            "AUTH" => state.reply(Stage::Auth, "235 welcome")?,
            "MAIL" => state.reply(Stage::Mail, "250 fine")?,
            "RCPT" => state.reply(Stage::Recipient, "250 fine")?,
            "DATA" => {
                let reply = state.reply(Stage::Data, "354 go on")?;
                let goes_on = reply.starts_with("354");
                say(&mut stream, reply).await?;
                if !goes_on {
                    continue;
                }
                let mut mail = String::new();
                loop {
                    let line = read(&mut stream).await?;
                    if line == "." {
                        break;
                    }
                    mail += &(line + "\n");
                }
                let reply = state.reply(Stage::End, "250 taken")?;
                if reply.starts_with("250") {
                    state.got.lock().expect("no panic while serving").push(mail);
                }
                reply
            }
            "QUIT" => {
                say(&mut stream, "221 bye\r\n".into()).await?;
                return Some(None);
            }
            _ => "250 fine\r\n".into(),
        };
        say(&mut stream, reply).await?;
    }
}

async fn read<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, reply: String) -> Option<()> {
    stream.get_mut().write_all(reply.as_bytes()).await.ok()?;
    stream.get_mut().flush().await.ok()
}
