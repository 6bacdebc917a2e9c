//! The state that all requests of a node share. Runs in: the server.

use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{events::Events, hasher::Hasher, kept::Kept, services::Services, touch::Touches};
use crate::server::{
    auth::caller::Tokens,
    config::Config,
    keys::KeyRing,
    mail::{Letters, Mailer},
    store::Store,
};
use tabkey_verifier::trust::Revocations;

/// Everything that decisions need: one per node.
pub struct Auth {
    /// What the application is called.
    pub name: &'static str,
    pub config: Arc<Config>,
    pub store: Store,
    pub keys: KeyRing,
    pub tokens: Tokens,
    pub hasher: Hasher,
    pub revocations: Revocations,
    pub touches: Touches,
    pub events: Events,
    pub services: Services,
    pub mailer: Mailer,
    /// The words of the mails.
    pub letters: &'static Letters,
    /// How many sessions are live.
    pub live_sessions: Kept,
    /// Copies of people's data that are made at one time: each is ten thousand rows in memory.
    pub exports: Semaphore,
    /// The last account at which a round of deletions stopped for want of time.
    pub deleted_up_to: Mutex<Option<Uuid>>,
    /// Told when a mail was put into the queue here.
    pub mail_waits: Arc<Notify>,
    /// Set once nothing more is to be asked of the database.
    pub closing: CancellationToken,
}
