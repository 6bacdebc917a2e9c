//! One revocation, watched from every node.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    client::{Answer, Client, Session},
    new_account,
};

/// From one question about a token to the next.
const BETWEEN: Duration = Duration::from_millis(1);
/// From when on no node may accept the token.
const ALLOWED: Duration = Duration::from_secs(1);
/// How long a node is asked on after it has refused.
const ASK_ON: Duration = Duration::from_millis(30);
/// Then it has failed.
const GIVE_UP: Duration = Duration::from_secs(5);
/// The owner's token is renewed well before it dies.
const OWNERS_TOKEN: Duration = Duration::from_secs(60);

/// What all revocations came to.
#[derive(Default)]
pub struct Outcome {
    pub same: Vec<Duration>,
    pub others: Vec<Duration>,
    pub streams: Vec<Duration>,
    pub asked: usize,
    /// After a refusal by the same node, or [`ALLOWED`] after the reply.
    pub accepted: usize,
    pub tokens: Vec<String>,
    later: Vec<JoinHandle<(usize, usize)>>,
}

impl Outcome {
    /// Waits for the questions that come later.
    pub async fn settled(mut self) -> Self {
        for later in std::mem::take(&mut self.later) {
            let (asked, accepted) = later.await.expect("every node answers");
            self.asked += asked;
            self.accepted += accepted;
        }
        self
    }

    pub fn add(&mut self, other: Self) {
        self.same.extend(other.same);
        self.others.extend(other.others);
        self.streams.extend(other.streams);
        self.asked += other.asked;
        self.accepted += other.accepted;
        self.tokens.extend(other.tokens);
    }
}

/// Revokes one session after the other.
pub struct Worker {
    nodes: Arc<[String]>,
    client: Arc<Client>,
    /// One for each node.
    watchers: Vec<Client>,
    owners: Vec<Owner>,
}

/// Who revokes their own sessions.
struct Owner {
    email: String,
    session: Session,
    renewed: Instant,
}

impl Worker {
    pub async fn new(nodes: Arc<[String]>, number: usize, accounts: usize) -> Self {
        let client = Arc::new(Client::new());
        let mut owners = Vec::new();
        for account in 0..accounts {
            let node = &nodes[(number + account) % nodes.len()];
            let (email, session) = new_account(&client, node, &format!("owner{number}"), account).await;
            owners.push(Owner { email, session, renewed: Instant::now() });
        }
        let watchers = nodes.iter().map(|_| Client::new()).collect();
        Self { nodes, client, watchers, owners }
    }

    /// Signed in on one node, revoked on the next, listening on the one after.
    pub async fn revoke_one(&mut self, number: usize, outcome: &mut Outcome) {
        let node = |at: usize| at % self.nodes.len();
        let (first, revoking, listening) = (node(number), node(number + 1), node(number + 2));
        let accounts = self.owners.len();
        let owner = &mut self.owners[number % accounts];
        if owner.renewed.elapsed() > OWNERS_TOKEN {
            owner.session = self.client.refresh(&self.nodes[first], &owner.session).await.expect("the owner stays");
            owner.renewed = Instant::now();
        }
        let lost = self.client.sign_in(&self.nodes[first], &owner.email).await;
        let stream = self.client.listen(&self.nodes[listening], &lost.token).await;
        let (tell, replied) = watch::channel(None);
        let (began, mut begun) = mpsc::channel(self.nodes.len());

        let revoke = async {
            for _ in 0..self.nodes.len() {
                begun.recv().await.expect("every node accepts the token");
            }
            self.client.revoke(&self.nodes[revoking], &owner.session, &lost.id).await;
            let at = Instant::now();
            tell.send_replace(Some(at));
            at
        };
        let watchers = self.watchers.iter().zip(self.nodes.iter());
        let watched =
            join_all(watchers.map(|(client, node)| watch(client, node, &lost.token, replied.clone(), began.clone())));
        let (at, watched, heard) = tokio::join!(revoke, watched, hear(stream));

        for (number, Watched { refused, asked, accepted }) in watched.into_iter().enumerate() {
            let took = refused.saturating_duration_since(at);
            if number == revoking {
                outcome.same.push(took)
            } else {
                outcome.others.push(took)
            }
            outcome.asked += asked;
            outcome.accepted += accepted;
        }
        outcome.streams.push(heard.saturating_duration_since(at));
        let later = ask_later(self.client.clone(), self.nodes.clone(), lost.token.clone(), at + ALLOWED);
        outcome.later.push(tokio::spawn(later));
        outcome.tokens.push(lost.token);
    }
}

struct Watched {
    /// When the first refusal was here.
    refused: Instant,
    /// Since the reply.
    asked: usize,
    /// Of requests that began too late for that.
    accepted: usize,
}

/// Asks one node about the token until it has refused for a while.
async fn watch(
    client: &Client,
    node: &str,
    token: &str,
    replied: watch::Receiver<Option<Instant>>,
    began: mpsc::Sender<()>,
) -> Watched {
    let mut began = Some(began);
    let (mut refused, mut asked, mut accepted) = (None::<Instant>, 0, 0);
    loop {
        let (asked_at, replied) = (Instant::now(), *replied.borrow());
        let is_late = replied.is_some_and(|at| asked_at >= at + ALLOWED);
        asked += usize::from(replied.is_some());
        match client.who_am_i(node, token).await {
            Answer::Accepted => accepted += usize::from(is_late || refused.is_some()),
            Answer::Revoked => _ = refused.get_or_insert_with(Instant::now),
            Answer::Other(status, text) => panic!("{status} {text}"),
        }
        if let Some(began) = began.take() {
            began.send(()).await.expect("somebody waits for all");
        }
        match (refused, replied) {
            (Some(refused), Some(_)) if refused.elapsed() > ASK_ON => return Watched { refused, asked, accepted },
            (None, Some(at)) if at.elapsed() > GIVE_UP => panic!("{node} accepts a token {GIVE_UP:?} after its end"),
            _ => tokio::time::sleep(BETWEEN).await,
        }
    }
}

/// When the stream says that the session has ended.
async fn hear(mut stream: reqwest::Response) -> Instant {
    let mut said = String::new();
    while !said.contains("event: session_ended") {
        let chunk = tokio::time::timeout(GIVE_UP * 2, stream.chunk()).await.expect("the stream says something");
        let chunk = chunk.expect("a stream").expect("it says that the session has ended before it ends");
        said += std::str::from_utf8(&chunk).expect("whole characters");
    }
    Instant::now()
}

/// Asks every node once, at this time; answers how often that was, and how often it was accepted.
async fn ask_later(client: Arc<Client>, nodes: Arc<[String]>, token: String, at: Instant) -> (usize, usize) {
    tokio::time::sleep_until(at.into()).await;
    let mut accepted = 0;
    for node in nodes.iter() {
        accepted += usize::from(client.who_am_i(node, &token).await.is_accepted());
    }
    (nodes.len(), accepted)
}
