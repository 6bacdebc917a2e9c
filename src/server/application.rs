//! A node from its first bind to its last commit. Runs in: the server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use leptos::prelude::*;
use tokio::net::TcpListener;

use super::{
    auth::{Auth, StartError, hasher, post},
    cleanup,
    config::Config,
    http::{AppState, listen, router},
    site, telemetry,
};

/// A node that listens but does not serve yet.
pub struct Application {
    auth: Arc<Auth>,
    listener: TcpListener,
    router: Router,
    config: Arc<Config>,
}

impl Application {
    /// Opens everything and takes the address; port 0 takes a free one. Errors: one sentence for the operator.
    pub async fn bind<A, S>(
        config: Config,
        routes: Router<AppState>,
        app: fn() -> A,
        shell: fn(LeptosOptions) -> S,
    ) -> Result<Self, StartError>
    where
        A: IntoView + 'static,
        S: IntoView + 'static,
    {
        let leptos = site::options()?;
        site::hides_secrets(&leptos, &config)?;
        let config = Arc::new(config);
        let address = config.server.address;
        let listener = TcpListener::bind(address).await.map_err(|error| {
            StartError(format!(
                "LEPTOS_SITE_ADDR {address} cannot be listened on ({error}): end what holds it, or choose another"
            ))
        })?;
        let auth = Auth::open(config.clone()).await?;
        tokio::spawn(cleanup::run(Arc::downgrade(&auth)));
        tokio::spawn(post::deliver(Arc::downgrade(&auth)));
        if let Some(outbox) = auth.mailer.outbox() {
            tracing::warn!(
                "mail.smtp_url is not set: mails reach nobody and stay in {}; see [mail] in Leptos.toml",
                outbox.display()
            );
        }
        if config.server.insecure_cookies {
            tracing::warn!(
                "server.insecure_cookies is on: anybody on the network path can take over sessions; use https"
            );
        }
        if let Some(weakness) = hasher::weakness(&config.passwords) {
            tracing::warn!("{weakness}");
        }
        let metrics = telemetry::recorder()?;
        tokio::spawn(telemetry::upkeep(metrics.clone()));
        let state = AppState::new(auth.clone(), leptos, metrics);
        Ok(Self { auth, listener, router: router(state, routes, app, shell), config })
    }

    /// The address that was taken.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown`, lets requests in flight finish, writes what is queued, closes the database.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let server = &self.config.server;
        let auth = self.auth.clone();
        let shutdown = async move {
            shutdown.await;
            // A stream would last as long as its listener, who listens elsewhere from now on.
            auth.events.close();
            auth.services.close();
        };
        listen::serve(self.listener, self.router, server.max_connections, server.shutdown_grace, shutdown).await;
        if tokio::time::timeout(Duration::from_secs(10), self.auth.close()).await.is_err() {
            tracing::error!("the database could not be closed in time");
        }
    }
}
