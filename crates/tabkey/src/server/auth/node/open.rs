//! Opening what a node needs, and closing it. Runs in: the server.

use std::{
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    events::Events,
    feed,
    hasher::Hasher,
    kept::Kept,
    services::Services,
    state::Auth,
    touch::{self, Touches},
};
use crate::server::{
    StartError,
    auth::caller::Tokens,
    clock::{self, millis},
    config::{self, Config},
    keys::KeyRing,
    mail::{Letters, Mailer},
    store::{Additions, Store, StoreError},
};
use tabkey_verifier::trust::Revocations;

/// So much closer is use noted where the tab signs out to the second: both counts are to end within seconds.
const EXACT: u32 = 16;

/// Copies of somebody's data at one time.
const EXPORTS: usize = 2;

impl Auth {
    /// Opens the database (creating and migrating it), opens or makes the keys, loads the live revocations, and starts
    /// writing what is noted.
    pub async fn open(
        config: Arc<Config>,
        letters: &'static Letters,
        additions: &Additions,
    ) -> Result<Arc<Self>, StartError> {
        let config::Store { url, listen_url, readers } = &config.store;
        let store = Store::open(url, listen_url.as_ref(), *readers, additions).await.map_err(StartError)?;
        let keys = KeyRing::open(&store, &config).await?;
        let mailer = Mailer::new(&config.mail, &config.server.public_url)?;
        let shortest_idle_limit = config.session.idle_timeout.min(config.session.shared_idle_timeout);
        let is_exact = config.session.profile.asks_for_password();
        let auth = Arc::new(Self {
            tokens: Tokens::new(config.server.public_url.clone(), config.tokens.audience.clone()),
            hasher: Hasher::new(&config.passwords)?,
            services: Services::new(config.server.services.clone()),
            touches: Touches::new(shortest_idle_limit / if is_exact { EXACT } else { 1 }),
            name: additions.name,
            config,
            store,
            keys,
            revocations: Revocations::default(),
            mailer,
            letters,
            live_sessions: Kept::default(),
            exports: Semaphore::new(EXPORTS),
            deleted_up_to: Mutex::default(),
            mail_waits: Arc::default(),
            events: Events::default(),
            closing: CancellationToken::new(),
        });
        // Before the first token is made: whatever ends from now on stays in the feed as long as that may live.
        save_token_life(&auth)
            .await
            .map_err(|error| StartError(format!("the database cannot be written: {error:?}")))?;
        feed::read_all(&auth)
            .await
            .map_err(|error| StartError(format!("the revocations could not be read from the database: {error:?}")))?;
        tokio::spawn(write_touches(Arc::downgrade(&auth)));
        tokio::spawn(feed::follow(Arc::downgrade(&auth)));
        Ok(auth)
    }

    /// Writes what is queued, then closes the database.
    pub async fn close(&self) {
        self.closing.cancel();
        self.touches.write(&self.store).await;
        self.store.close().await;
    }
}

pub async fn save_token_life(auth: &Auth) -> Result<(), StoreError> {
    auth.store.save_token_life(millis(auth.config.session.access_token_ttl).max(1_000), clock::now()).await
}

/// Runs until the node is gone.
async fn write_touches(auth: Weak<Auth>) {
    let mut ticks = tokio::time::interval(touch::WRITE_EVERY.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(auth) = auth.upgrade() else { return };
        auth.touches.write(&auth.store).await;
    }
}
