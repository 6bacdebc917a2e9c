//! Listening to what happens to one's own session and account, until the session is over. Runs in: the server.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use uuid::Uuid;

use super::record;
use crate::server::{
    auth::{
        caller::SignedIn,
        node::{
            Auth,
            events::{End, Event, Pending, Stream, Whose},
        },
    },
    clock,
};
use tabkey_core::{Ended, Error};

/// Between two looks at a stream to which nothing happens.
const QUIET: Duration = Duration::from_secs(3_600);

/// A listener's end of a stream; the stream closes with it.
pub struct Subscription {
    auth: Arc<Auth>,
    user: Uuid,
    stream: Arc<Stream>,
    /// Unix milliseconds at which a limit ends the session, as far as is known.
    limit: i64,
    /// The person's, when the session was last looked at.
    claims_version: i64,
    said: Vec<Event>,
    is_over: bool,
}

/// Opens a stream of a session. It belongs to the session, not to the token that opened it: rotation does not cut it.
/// Listening is no use by a person. Errors: 401 `session_ended`, 503.
pub async fn listen(auth: &Arc<Auth>, me: &SignedIn) -> Result<Subscription, Error> {
    open(auth, me, Whose::Tabkey).await
}

/// A stream of the application's, until its session is over, the person's roles are others (it may have been opened by a
/// guard that asks for them), or the node stops. Errors: as [`listen`], and 401 `token_stale`.
pub async fn accompany<S: futures::Stream + Send>(
    auth: &Arc<Auth>,
    me: &SignedIn,
    stream: S,
) -> Result<impl futures::Stream<Item = S::Item> + Send + use<S>, Error> {
    let mut subscription = open(auth, me, Whose::Application).await?;
    if subscription.claims_version > me.claims_version {
        return Err(Error::TokenStale);
    }
    let over = async move {
        while let Some(said) = subscription.next(QUIET).await {
            if matches!(said, Said::Event(Event::SessionEnded(_) | Event::RolesChanged(_))) {
                return;
            }
        }
    };
    Ok(stream.take_until(Box::pin(over)))
}

/// Open before the session is looked at, so that an ending in between is not missed.
async fn open(auth: &Arc<Auth>, me: &SignedIn, whose: Whose) -> Result<Subscription, Error> {
    let stream = auth.events.open(me.user_id, me.session_id, me.claims_version, whose);
    let (auth, user, said) = (auth.clone(), me.user_id, Vec::new());
    let mut subscription =
        Subscription { auth, user, stream, limit: 0, claims_version: me.claims_version, said, is_over: false };
    match subscription.look().await? {
        Some(ended) => Err(Error::SessionEnded(ended)),
        None => Ok(subscription),
    }
}

impl Subscription {
    /// The next event; `None` where the stream is to end without one. Where nothing happens for `quiet`, a
    /// [`Quiet`](Said::Quiet).
    pub async fn next(&mut self, quiet: Duration) -> Option<Said> {
        loop {
            if let Some(event) = self.said.pop() {
                return Some(Said::Event(event));
            }
            if self.is_over {
                return None;
            }
            self.gather(self.stream.take());
            if !self.said.is_empty() || self.is_over {
                continue;
            }
            let until_limit = Duration::from_millis((self.limit - clock::now()).max(0).unsigned_abs());
            tokio::select! {
                () = self.stream.changed.notified() => {}
                () = tokio::time::sleep(quiet.min(until_limit)) => {
                    if quiet < until_limit {
                        return Some(Said::Quiet);
                    }
                    match self.look().await {
                        Ok(None) => {}
                        Ok(Some(ended)) => self.end(End::Session(ended)),
                        // The browser asks anew, and is told then.
                        Err(_) => return None,
                    }
                }
            }
        }
    }

    /// What is pending, in the order in which it is to be said, the last first.
    fn gather(&mut self, pending: Pending) {
        if let Some(end) = pending.end {
            return self.end(end);
        }
        self.said.extend(pending.devices.then_some(Event::DevicesChanged));
        self.said.extend(pending.roles.map(Event::RolesChanged));
    }

    fn end(&mut self, end: End) {
        if let End::Session(ended) = end {
            self.said.push(Event::SessionEnded(ended));
        }
        self.is_over = true;
    }

    /// How the session has ended, if it has; notes when a limit will end it. A limit passes without anybody acting, so
    /// that it must be looked for.
    async fn look(&mut self) -> Result<Option<Ended>, Error> {
        let Some(row) = record::find(&self.auth, self.stream.session).await? else {
            return Ok(Some(record::gone()));
        };
        self.limit = row.expires_at.min(row.last_used_at + row.idle_limit);
        self.claims_version = row.claims_version;
        let now = clock::now();
        Ok(record::over(&row, now))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.auth.events.close_one(self.user, &self.stream);
    }
}

/// What comes from [`Subscription::next`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Event(Event),
    /// Nothing: the stream lives.
    Quiet,
}
