//! Once a minute memory, and with it the database, forgets what can matter to nobody. Runs in: the server.

use std::{sync::Weak, time::Duration};

use super::auth::Auth;

const EVERY: Duration = Duration::from_secs(60);

/// Runs until the node is gone.
pub async fn run(auth: Weak<Auth>) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        let Some(auth) = auth.upgrade() else { return };
        auth.clean_up().await;
    }
}
