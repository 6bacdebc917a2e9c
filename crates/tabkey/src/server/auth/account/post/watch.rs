//! Lets it be seen that mail is stuck. Runs in: the server.

use std::time::{Duration, Instant};

use crate::server::{auth::node::Auth, clock};

/// How often the queue is looked at as a whole.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Seconds after which a mail that waits is worth a line in the log.
const STUCK: i64 = 600;
const SAY_EVERY: Duration = Duration::from_secs(3_600);

/// Two gauges, and a line an hour.
#[derive(Default)]
pub struct Watch {
    looked: Option<Instant>,
    said: Option<Instant>,
}

impl Watch {
    pub async fn look(&mut self, auth: &Auth) {
        if self.looked.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return;
        }
        self.looked = Some(Instant::now());
        let now = clock::now();
        let waiting = match auth.store.count_waiting_mails(now).await {
            Ok(waiting) => waiting,
            Err(error) => return tracing::warn!(?error, "how much mail waits is not known"),
        };
        let late = waiting.since.map_or(0, |since| (now - since).max(0) / 1_000);
        let gauge = |count: i64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("tabkey_mails_waiting").set(gauge(waiting.mails));
        metrics::gauge!("tabkey_mails_oldest_seconds").set(gauge(late));
        if late >= STUCK && self.said.is_none_or(|at| at.elapsed() >= SAY_EVERY) {
            self.said = Some(Instant::now());
            tracing::error!(mails = waiting.mails, minutes = late / 60, "mail is stuck: see why it could not be sent");
        }
    }
}
