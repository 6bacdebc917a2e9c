//! What the database forgets, a bite at a time, the oldest first. Runs in: the server.

use super::{Durability, Store, StoreError, connection::Text, on};

/// Rows that can matter to nobody from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// Sessions that somebody ended.
    EndedSessions,
    /// Sessions that ran out, and that nobody has looked at since.
    ExpiredSessions,
    /// Endings that no living token can concern.
    Revocations,
    /// Addresses that were given up, and that nobody can bring back any more.
    Addresses,
    /// Lines of the log.
    Events,
    Links,
    /// What holds no notice back any more.
    Notices,
    Mailboxes,
}

/// Where no other node is at it, on PostgreSQL: whoever ends a session must not wait in a circle with who forgets it.
macro_rules! oldest {
    ($table:literal, $key:literal, $at:literal) => {{
        const SQLITE: &str = concat!(
            "DELETE FROM ",
            $table,
            " WHERE (",
            $key,
            ") IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE ",
            $at,
            " < $1 ORDER BY ",
            $at,
            " LIMIT $2)"
        );
        const POSTGRES: &str = concat!(
            "DELETE FROM ",
            $table,
            " WHERE ctid = ANY (ARRAY (SELECT ctid FROM ",
            $table,
            " WHERE ",
            $at,
            " < $1 ORDER BY ",
            $at,
            " LIMIT $2 FOR UPDATE SKIP LOCKED))"
        );
        Text { sqlite: SQLITE, postgres: POSTGRES }
    }};
}

impl Dead {
    fn sql(self) -> Text {
        match self {
            Self::EndedSessions => oldest!("sessions", "id", "ended_at"),
            Self::ExpiredSessions => oldest!("sessions", "id", "expires_at"),
            Self::Revocations => oldest!("revocations", "id", "until"),
            Self::Addresses => oldest!("addresses", "email", "kept_until"),
            Self::Events => oldest!("security_events", "id", "at"),
            Self::Links => oldest!("links", "token_hash", "expires_at"),
            Self::Notices => oldest!("notices", "user_id, kind", "free_at"),
            Self::Mailboxes => oldest!("mailboxes", "address_hash, purpose", "since"),
        }
    }
}

impl Store {
    /// Forgets at most `most` of what is of before `before`; answers how many.
    pub async fn delete_dead(&self, dead: Dead, before: i64, most: u32) -> Result<u64, StoreError> {
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = dead.sql().of(connection);
                    Ok(on!(connection, c => sqlx::query(sql).bind(before).bind(i64::from(most)).execute(c).await?.rows_affected()))
                })
            })
            .await
    }
}
