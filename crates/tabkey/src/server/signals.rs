//! What the system and the terminal ask of the process. Runs in: the server.

use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Stop;

/// When the node is to stop, and when it is to stop stopping. SIGTERM comes from who runs nodes, SIGINT from a terminal.
pub fn two() -> (impl Future<Output = Stop>, impl Future<Output = ()>) {
    let (mut signals, mut again) = (Signals::new(), Signals::new());
    let second = async move {
        again.next().await;
        again.next().await;
    };
    (async move { signals.next().await }, second)
}

/// A kind that cannot be heard never comes.
struct Signals {
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
}

impl Signals {
    fn new() -> Self {
        Self { terminate: signal(SignalKind::terminate()).ok(), interrupt: signal(SignalKind::interrupt()).ok() }
    }

    async fn next(&mut self) -> Stop {
        tokio::select! {
            () = heard(&mut self.terminate) => Stop::Announced,
            () = heard(&mut self.interrupt) => Stop::Now,
        }
    }
}

async fn heard(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => _ = signal.recv().await,
        None => pending().await,
    }
}
