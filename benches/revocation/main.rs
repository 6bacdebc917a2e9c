//! How long a revoked token is still accepted, on a cluster under load. `make cluster-test` starts the cluster and this.
//!
//! CLUSTER_PROXY and CLUSTER_NODES say where it is; REVOCATIONS is how many (1,000). The nodes count no sign-ins and hash
//! cheaply, or else the signing in is what takes the time. Fails where p99 is a second or more, or a token is accepted
//! after it was refused or a second after its revocation. With the argument `load` it is the load alone, until it is ended.

mod client;
mod figures;
mod load;
mod revocation;

use std::{
    env,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use client::{Client, Session};
use figures::Figures;
use load::Load;
use revocation::{Outcome, Worker};

/// The bar of DESIGN §12, for p99.
const BAR: Duration = Duration::from_secs(1);
const ACCOUNTS: usize = 40;
/// Revocations at one time.
const WORKERS: usize = 4;
/// Clients that keep calling through the proxy meanwhile.
const LOAD: usize = 32;

#[tokio::main]
async fn main() -> ExitCode {
    let (Ok(proxy), Ok(nodes)) = (env::var("CLUSTER_PROXY"), env::var("CLUSTER_NODES")) else {
        eprintln!("CLUSTER_PROXY and CLUSTER_NODES are not set: `make cluster-test` starts a cluster and sets them");
        return ExitCode::from(2);
    };
    let nodes: Arc<[String]> = nodes.split_whitespace().map(str::to_owned).collect();
    assert!(nodes.len() >= 2, "CLUSTER_NODES names two nodes or more");
    let wanted = env::var("REVOCATIONS").map_or(1_000, |count| count.parse().expect("REVOCATIONS is a number"));
    let _ = rustls::crypto::ring::default_provider().install_default();

    let load = Load::start(&proxy, LOAD);
    if env::args().any(|argument| argument == "load") {
        load.go_on().await;
        return ExitCode::FAILURE;
    }
    let began = Instant::now();
    let outcome = revoke(&nodes, wanted).await;
    let took = began.elapsed();
    let load = load.stop().await;
    let accepted_at_the_end = ask_once_more(&nodes, &outcome.tokens).await;

    println!(
        "{} revocations of {ACCOUNTS} accounts on {} nodes, {WORKERS} at a time, in {:.1} s",
        outcome.tokens.len(),
        nodes.len(),
        took.as_secs_f64(),
    );
    println!(
        "load through the proxy: {LOAD} clients, {} calls ({:.0} a second), {} of them refreshes, {} not answered by 200",
        load.calls,
        load.calls as f64 / took.as_secs_f64(),
        load.refreshes,
        load.failures,
    );
    println!("milliseconds from the revoke's reply to   p50     p99     max   (count)");
    let rows = [
        ("the first refusal on the same node", outcome.same),
        ("the first refusal on another node", outcome.others),
        ("session_ended on another node's stream", outcome.streams),
    ];
    let rows = rows.map(|(what, durations)| (what, Figures::of(durations)));
    for (what, figures) in &rows {
        println!("  {what:<38}{figures}");
    }
    println!(
        "asked {} times with tokens that were revoked; accepted after a refusal, or a second and more after the reply: {}",
        outcome.asked, outcome.accepted
    );
    println!("asked at the end with every token on every node; accepted: {accepted_at_the_end}");

    let is_dark = outcome.accepted + accepted_at_the_end == 0;
    if is_dark && rows.iter().all(|(_, figures)| figures.p99 < BAR) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn revoke(nodes: &Arc<[String]>, wanted: usize) -> Outcome {
    let next = Arc::new(AtomicUsize::new(0));
    let workers = (0..WORKERS).map(|number| {
        let (nodes, next) = (nodes.clone(), next.clone());
        tokio::spawn(async move {
            let mut worker = Worker::new(nodes, number, ACCOUNTS / WORKERS).await;
            let mut outcome = Outcome::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= wanted {
                    return outcome.settled().await;
                }
                worker.revoke_one(number, &mut outcome).await;
            }
        })
    });
    let mut all = Outcome::default();
    for worker in workers.collect::<Vec<_>>() {
        all.add(worker.await.expect("a worker finds what it expects"));
    }
    all
}

/// How many of them are accepted where.
async fn ask_once_more(nodes: &[String], tokens: &[String]) -> usize {
    let client = Client::new();
    let mut accepted = 0;
    for token in tokens {
        for node in nodes {
            accepted += usize::from(client.who_am_i(node, token).await.is_accepted());
        }
    }
    accepted
}

/// An address that no other run uses.
fn new_email(what: &str, number: usize) -> String {
    format!("{what}.{number}.{}@example.org", uuid::Uuid::now_v7().simple())
}

/// A new account at this node.
async fn new_account(client: &Client, node: &str, what: &str, number: usize) -> (String, Session) {
    let email = new_email(what, number);
    let session = client.sign_up(node, &email).await;
    (email, session)
}
