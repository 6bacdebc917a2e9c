//! How a node hears of changes: in the process on SQLite, by LISTEN/NOTIFY on PostgreSQL. Runs in: the server.

use std::{fmt, time::Duration};

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::{
    sync::broadcast,
    time::{Instant, timeout, timeout_at},
};
use uuid::Uuid;

use super::{RevocationRow, Store, StoreError, outdated::Outdated, read};

/// PostgreSQL's channel; the triggers in migrations/postgres speak on it too.
const CHANNEL: &str = "tabkey";
/// After so much silence a node makes itself heard, so that silence means that something is broken.
const BEAT: Duration = Duration::from_secs(1);
/// Another process may write to the file: half of the second in which its revocation must show.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long connecting, or a sign of life, may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a node is told.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// This row was added to the feed.
    Revocation(RevocationRow),
    /// Rows may have been added: look.
    Look,
    /// A person's list of devices is another one; `new` is the session that has just begun, and knows.
    DevicesChanged { user: Uuid, new: Option<Uuid> },
    /// The keys may be others: look.
    KeysChanged,
    /// All is quiet, and the feed works.
    Beat,
}

/// Where notices come from and go to.
#[derive(Clone, Debug)]
pub enum Feed {
    Sqlite(broadcast::Sender<Notice>),
    Postgres(Box<Line>),
}

/// How a node listens to PostgreSQL. `Debug` prints `***`: there is a password in it.
#[derive(Clone)]
pub struct Line {
    pub options: PgConnectOptions,
    pub outdated: Outdated,
}

/// A node's ear.
pub enum Listener {
    Sqlite { receiver: broadcast::Receiver<Notice>, look_at: Instant },
    Postgres { listener: Box<PgListener>, since: std::time::Instant, outdated: Outdated },
}

impl Feed {
    pub fn in_process() -> Self {
        Self::Sqlite(broadcast::channel(1_024).0)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Line {
    /// A connection of its own: a busy pool must not make a node deaf. Errors: also where the server takes no writes, for
    /// then what ends elsewhere is not told here.
    pub async fn connect(&self) -> Result<PgListener, StoreError> {
        let pool = PgPoolOptions::new().max_connections(1).connect_with(self.options.clone()).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.ignore_pool_close_event(true);
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        let sql = "SELECT current_setting('transaction_read_only') = 'on'";
        if sqlx::query_scalar(sql).fetch_one(&mut listener).await? {
            return Err(StoreError::Outdated("the database takes no writes".into()));
        }
        Ok(listener)
    }
}

impl Store {
    /// Begins to listen; what was told before is to be read from the table.
    pub async fn listen(&self) -> Result<Listener, StoreError> {
        match &self.feed {
            Feed::Sqlite(sender) => {
                Ok(Listener::Sqlite { receiver: sender.subscribe(), look_at: Instant::now() + LOOK_EVERY })
            }
            Feed::Postgres(line) => {
                let since = std::time::Instant::now();
                let listener = timeout(PATIENCE, line.connect()).await;
                let silent = |_| StoreError::Unavailable("the feed cannot be connected in time".into());
                let listener = Box::new(listener.map_err(silent)??);
                Ok(Listener::Postgres { listener, since, outdated: line.outdated.clone() })
            }
        }
    }

    /// Tells every node what no row of the feed tells. A lost notice loses nothing that a page does not show at its next
    /// look.
    pub async fn tell(&self, notice: Notice) {
        match &self.feed {
            Feed::Sqlite(sender) => drop(sender.send(notice)),
            Feed::Postgres(_) => {
                if let Err(error) = self.notify(&notice).await {
                    tracing::warn!(?error, "a notice could not be sent");
                }
            }
        }
    }

    /// It changes no row, and its time is bounded as a read's is.
    async fn notify(&self, notice: &Notice) -> Result<(), StoreError> {
        let text = serde_json::to_string(notice).unwrap_or_default();
        let sql = "SELECT pg_notify($1, $2)";
        Ok(read!(self, pool => sqlx::query(sql).bind(CHANNEL).bind(text).execute(pool).await.map(drop))?)
    }
}

impl Listener {
    /// The next notice; in quiet times a [`Notice::Beat`], on SQLite every half second [`Notice::Look`]. Errors: the connection is
    /// gone, or nothing comes through it: listen anew and read the table.
    pub async fn next(&mut self) -> Result<Notice, StoreError> {
        match self {
            // In busy times too: another process's notices do not come through here.
            Self::Sqlite { look_at, .. } if *look_at <= Instant::now() => {
                *look_at = Instant::now() + LOOK_EVERY;
                Ok(Notice::Look)
            }
            Self::Sqlite { receiver, look_at } => match timeout_at(*look_at, receiver.recv()).await {
                Ok(Ok(notice)) => Ok(notice),
                Ok(Err(broadcast::error::RecvError::Closed)) => {
                    Err(StoreError::Unavailable("the feed is closed".into()))
                }
                Ok(Err(broadcast::error::RecvError::Lagged(_))) => Ok(Notice::Look),
                Err(_) => {
                    *look_at = Instant::now() + LOOK_EVERY;
                    Ok(Notice::Look)
                }
            },
            Self::Postgres { since, outdated, .. } if outdated.is(*since) => {
                Err(StoreError::Outdated("the feed's connection is of before the fail-over".into()))
            }
            Self::Postgres { listener, outdated, .. } => match timeout(BEAT, receive(listener)).await {
                Ok(notice) => notice,
                Err(_) => beat(listener, outdated).await,
            },
        }
    }
}

async fn receive(listener: &mut PgListener) -> Result<Notice, StoreError> {
    let gone = || StoreError::Unavailable("the feed's connection is gone".into());
    let notification = listener.try_recv().await?.ok_or_else(gone)?;
    // What a newer node says and this one does not understand shows at least that the feed works.
    Ok(serde_json::from_str(notification.payload()).unwrap_or(Notice::Beat))
}

/// Speaks through the feed and waits to hear it: an answer to a mere query would not show that notices arrive. A server
/// that was told to take no writes still speaks to itself, and hears nothing from the one that takes them now.
async fn beat(listener: &mut PgListener, outdated: &Outdated) -> Result<Notice, StoreError> {
    let heard = async {
        let sql = "SELECT current_setting('transaction_read_only') = 'on' FROM pg_notify($1, '\"beat\"')";
        if sqlx::query_scalar(sql).bind(CHANNEL).fetch_one(&mut *listener).await? {
            return Err(StoreError::Outdated("the database takes no writes".into()));
        }
        receive(listener).await
    };
    let heard = timeout(PATIENCE, heard).await.map_err(|_| StoreError::Unavailable("the feed is silent".into()))?;
    if matches!(heard, Err(StoreError::Outdated(_))) {
        outdated.found();
    }
    heard
}
