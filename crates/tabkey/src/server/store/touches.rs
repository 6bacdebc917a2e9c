//! Uses of sessions, written in sets: what everybody who is there makes a node write all day. None is worth an fsync. Runs
//! in: the server.

use std::net::IpAddr;

use sqlx::SqliteConnection;
use uuid::Uuid;

use super::{Connection, Durability, Store, StoreError, pool::Lent};

/// Uses of one session that were seen between two writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTouch {
    pub id: Uuid,
    /// The highest generation among them; 0 where none was seen.
    pub generation: u32,
    pub first_at: i64,
    /// The last use by a person; 0 where there was none.
    pub last_at: i64,
    /// Of the last use.
    pub address: IpAddr,
}

/// Moves "last used" forward, and confirms the live generation where that is the one in use. A use after the idle limit
/// revives nothing.
macro_rules! sessions {
    ($noted:expr) => {
        concat!(
            "UPDATE sessions SET address = noted.address,
                    last_used_at = CASE WHEN last_used_at < noted.last_at THEN noted.last_at ELSE last_used_at END,
                    confirmed = CASE WHEN sessions.generation = noted.generation THEN TRUE ELSE confirmed END
             FROM ",
            $noted,
            " WHERE sessions.id = noted.id AND ended_at IS NULL AND last_used_at + idle_limit > noted.first_at"
        )
    };
}

/// Whose sessions those are, and when they were last there, which is written to the minute: it moves in an index, and nobody
/// sorts accounts by the second. A use that did not count for the session counts for nobody.
macro_rules! used {
    ($noted:expr) => {
        concat!(
            "SELECT s.user_id, max(noted.last_at) AS at FROM ",
            $noted,
            " CROSS JOIN sessions s
              WHERE s.id = noted.id AND noted.last_at > 0 AND s.ended_at IS NULL AND s.last_used_at >= noted.last_at
              GROUP BY s.user_id"
        )
    };
}

/// SQLite has no arrays to bind.
macro_rules! json {
    () => {
        "(SELECT unhex(value ->> 0) AS id, value ->> 1 AS generation, value ->> 2 AS first_at, value ->> 3 AS last_at,
                 value ->> 4 AS address FROM json_each($1)) AS noted"
    };
}

impl Store {
    /// Notes uses, each session once. Answers those that somebody else was writing to just then: nothing waits for them
    /// here while it holds others, so that nobody ever waits in a circle. They are to be noted again; and all where it
    /// fails, for a use that is noted twice is noted once.
    pub async fn save_touches(&self, touches: Vec<SessionTouch>) -> Result<Vec<Uuid>, StoreError> {
        self.writer
            .write_each(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    match connection {
                        Connection::Sqlite(connection) => on_sqlite(connection, &touches).await,
                        Connection::Postgres(connection) => on_postgres(connection, &touches).await,
                    }
                })
            })
            .await
    }
}

async fn on_sqlite(connection: &mut SqliteConnection, touches: &[SessionTouch]) -> Result<Vec<Uuid>, StoreError> {
    let users = concat!(
        "UPDATE users SET last_used_at = used.at FROM (",
        used!(json!()),
        ") AS used WHERE users.id = used.user_id AND users.last_used_at < used.at - 60000"
    );
    let noted: Vec<_> = touches
        .iter()
        .map(|touch| {
            (touch.id.simple().to_string(), touch.generation, touch.first_at, touch.last_at, touch.address.to_string())
        })
        .collect();
    let noted = serde_json::to_string(&noted).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    sqlx::query(sessions!(json!())).bind(&noted).execute(&mut *connection).await?;
    sqlx::query(users).bind(&noted).execute(connection).await?;
    Ok(Vec::new())
}

/// Two statements, so that sessions and people are never held at one time. Of an account that somebody is writing to just
/// then the time stays as it is until the next use: that is nearly always a sign-in, which notes it by itself.
async fn on_postgres(connection: &mut Lent, touches: &[SessionTouch]) -> Result<Vec<Uuid>, StoreError> {
    let sessions = concat!(
        "WITH noted AS MATERIALIZED (
             SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
                      AS noted (id, generation, first_at, last_at, address)),
         free AS MATERIALIZED (SELECT s.id FROM sessions s WHERE s.id = ANY($1) FOR NO KEY UPDATE SKIP LOCKED),
         written AS (",
        sessions!("noted"),
        " AND sessions.id IN (SELECT id FROM free))
         SELECT s.id FROM sessions s WHERE s.id = ANY($1) AND s.id NOT IN (SELECT id FROM free)"
    );
    let users = concat!(
        "WITH used AS MATERIALIZED (",
        used!("unnest($1::uuid[], $2::bigint[]) AS noted (id, last_at)"),
        "),
         free AS MATERIALIZED (
             SELECT u.id FROM users u JOIN used ON used.user_id = u.id WHERE u.last_used_at < used.at - 60000
             FOR NO KEY UPDATE OF u SKIP LOCKED)
         UPDATE users SET last_used_at = used.at FROM used
         WHERE users.id = used.user_id AND users.id IN (SELECT id FROM free) AND users.last_used_at < used.at"
    );
    let ids: Vec<Uuid> = touches.iter().map(|touch| touch.id).collect();
    let generations: Vec<i64> = touches.iter().map(|touch| touch.generation.into()).collect();
    let first: Vec<i64> = touches.iter().map(|touch| touch.first_at).collect();
    let last: Vec<i64> = touches.iter().map(|touch| touch.last_at).collect();
    let addresses: Vec<String> = touches.iter().map(|touch| touch.address.to_string()).collect();
    let statement = sqlx::query_scalar(sessions).bind(&ids).bind(generations).bind(first).bind(&last).bind(addresses);
    let busy = statement.fetch_all(connection.statements()).await?;
    sqlx::query(users).bind(&ids).bind(&last).execute(connection.statements()).await?;
    Ok(busy)
}
