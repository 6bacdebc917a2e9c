//! People at work meanwhile: calls and refreshes through the proxy, bounded, so that it is load and not a flood.

use std::time::Duration;

use futures::future::try_join_all;
use tokio::{sync::watch, task::JoinHandle};

use super::{
    client::{Answer, Client},
    new_account,
};

/// Between two calls of one client.
const PAUSE: Duration = Duration::from_millis(100);
/// One call in this many is a refresh.
const REFRESH_EVERY: usize = 10;

pub struct Load {
    stop: watch::Sender<bool>,
    clients: Vec<JoinHandle<Calls>>,
}

#[derive(Default)]
pub struct Calls {
    pub calls: usize,
    pub refreshes: usize,
    /// Answered by anything but 200.
    pub failures: usize,
}

impl Load {
    pub fn start(proxy: &str, clients: usize) -> Self {
        let (stop, stopped) = watch::channel(false);
        let clients = (0..clients).map(|number| tokio::spawn(work(proxy.to_owned(), number, stopped.clone())));
        Self { stop, clients: clients.collect() }
    }

    pub async fn stop(self) -> Calls {
        self.stop.send_replace(true);
        self.go_on().await
    }

    /// As long as the clients do.
    pub async fn go_on(self) -> Calls {
        let mut all = Calls::default();
        for calls in try_join_all(self.clients).await.expect("nobody is signed out by accident") {
            all.calls += calls.calls;
            all.refreshes += calls.refreshes;
            all.failures += calls.failures;
        }
        all
    }
}

async fn work(proxy: String, number: usize, stopped: watch::Receiver<bool>) -> Calls {
    let client = Client::new();
    let (_, mut session) = new_account(&client, &proxy, "worker", number).await;
    let mut done = Calls::default();
    while !*stopped.borrow() {
        tokio::time::sleep(PAUSE).await;
        done.calls += 1;
        if done.calls % REFRESH_EVERY == 0 {
            done.refreshes += 1;
            match client.refresh(&proxy, &session).await {
                Ok(next) => session = next,
                Err(401) => panic!("signed out"),
                Err(_) => done.failures += 1,
            }
        } else {
            match client.who_am_i(&proxy, &session.token).await {
                Answer::Accepted => {}
                Answer::Revoked | Answer::Other(401, _) => panic!("signed out"),
                Answer::Other(..) => done.failures += 1,
            }
        }
    }
    done
}
