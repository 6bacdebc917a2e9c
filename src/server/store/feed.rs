//! How a node hears of changes: in the process on SQLite, by LISTEN/NOTIFY on PostgreSQL. Runs in: the server.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::{
    sync::broadcast,
    time::{Instant, timeout, timeout_at},
};
use uuid::Uuid;

use super::{RevocationRow, Store, StoreError, read};

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
    Postgres(Box<PgConnectOptions>),
}

/// A node's ear.
pub enum Listener {
    Sqlite { receiver: broadcast::Receiver<Notice>, look_at: Instant },
    Postgres(Box<PgListener>),
}

impl Feed {
    pub fn in_process() -> Self {
        Self::Sqlite(broadcast::channel(1_024).0)
    }
}

impl Store {
    /// Begins to listen; what was told before is to be read from the table.
    pub async fn listen(&self) -> Result<Listener, StoreError> {
        match &self.feed {
            Feed::Sqlite(sender) => {
                Ok(Listener::Sqlite { receiver: sender.subscribe(), look_at: Instant::now() + LOOK_EVERY })
            }
            Feed::Postgres(options) => {
                let connecting = async {
                    // A connection of its own: a busy pool must not make a node deaf.
                    let pool = PgPoolOptions::new().max_connections(1).connect_with((**options).clone()).await?;
                    let mut listener = PgListener::connect_with(&pool).await?;
                    listener.ignore_pool_close_event(true);
                    listener.eager_reconnect(false);
                    listener.listen(CHANNEL).await?;
                    Ok::<_, sqlx::Error>(listener)
                };
                let listener = timeout(PATIENCE, connecting).await;
                let silent = |_| StoreError::Unavailable("the feed cannot be connected in time".into());
                Ok(Listener::Postgres(Box::new(listener.map_err(silent)??)))
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
            Self::Postgres(listener) => match timeout(BEAT, receive(listener)).await {
                Ok(notice) => notice,
                Err(_) => beat(listener).await,
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

/// Speaks through the feed and waits to hear it: an answer to a mere query would not show that notices arrive.
async fn beat(listener: &mut PgListener) -> Result<Notice, StoreError> {
    let heard = async {
        sqlx::query("SELECT pg_notify($1, '\"beat\"')").bind(CHANNEL).execute(&mut *listener).await?;
        receive(listener).await
    };
    timeout(PATIENCE, heard).await.map_err(|_| StoreError::Unavailable("the feed is silent".into()))?
}
