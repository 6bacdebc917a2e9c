//! Whether each part of a node works. Runs in: the server.

use std::time::Instant;

use super::state::Auth;
use tabkey_verifier::trust::Gap;

/// What `/readyz` shows: whether each part works.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    pub database: bool,
    pub writer: bool,
    pub keys: KeyHealth,
    /// Why every request asks the database, where that is so.
    pub gap: Option<Gap>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHealth {
    Fine,
    /// Another secret than this node's sealed some of them.
    Unreadable,
    /// No token can be made.
    Missing,
}

impl Auth {
    pub async fn health(&self) -> Health {
        let (database, writer) = self.store.health().await;
        let keys = self.keys.present();
        let keys = match keys.unreadable.is_empty() {
            _ if keys.signing.is_empty() || keys.refresh.is_empty() => KeyHealth::Missing,
            true => KeyHealth::Fine,
            false => KeyHealth::Unreadable,
        };
        Health { database, writer, keys, gap: self.revocations.gap(Instant::now()) }
    }
}
