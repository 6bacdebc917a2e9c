//! A node from its first bind to its last commit. Runs in: the server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use leptos::prelude::*;
use tokio::net::TcpListener;

use super::{
    StartError,
    auth::{Auth, hasher, post},
    cleanup,
    config::Config,
    http::{AppState, ContentPolicy, Own, Policy, Readiness, listen},
    mail::Letters,
    open_files, site,
    store::Additions,
    telemetry,
};

/// Why a node stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Somebody who looks at `/readyz` is to notice first.
    Announced,
    /// A person waits for it.
    Now,
}

/// What is wrong with the configuration and the machine, as far as it can be seen without the database: sentences for the
/// operator. Errors: what no node starts with.
pub(super) fn look_over(config: &Config, leptos: &LeptosOptions) -> Result<Vec<String>, StartError> {
    site::hides_secrets(leptos, config)?;
    let mut found = config.warnings();
    found.extend(config.mail.smtp_url.is_none().then(|| {
        format!(
            "mail.smtp_url is not set: mails reach nobody and stay in {}; see [mail] in Leptos.toml",
            config.mail.outbox.display()
        )
    }));
    found.extend(hasher::weakness(&config.passwords));
    found.extend(site::warning(leptos));
    found.extend(open_files::warning(config.server.max_connections, open_files::raise_limit()));
    Ok(found)
}

/// What an application brings to a node, beside its routes.
pub(super) struct Opening {
    pub letters: &'static Letters,
    pub additions: Additions,
    pub own: Own,
    pub policy: ContentPolicy,
}

/// A node that listens but does not serve yet.
pub struct Node {
    pub(super) auth: Arc<Auth>,
    listener: TcpListener,
    router: Router,
    config: Arc<Config>,
    readiness: Readiness,
}

impl Node {
    /// Opens everything and takes the address. `router` is made of what it opened.
    pub(super) async fn bind(
        config: Config,
        leptos: LeptosOptions,
        opening: Opening,
        router: impl FnOnce(AppState) -> Result<Router, StartError>,
    ) -> Result<Self, StartError> {
        for warning in look_over(&config, &leptos)? {
            tracing::warn!("{warning}");
        }
        let config = Arc::new(config);
        let address = config.server.address;
        let listener = TcpListener::bind(address).await.map_err(|error| {
            StartError(format!(
                "LEPTOS_SITE_ADDR {address} cannot be listened on ({error}): end what holds it, or choose another"
            ))
        })?;
        let auth = Auth::open(config.clone(), opening.letters, &opening.additions).await?;
        tokio::spawn(cleanup::run(Arc::downgrade(&auth)));
        tokio::spawn(post::deliver(Arc::downgrade(&auth)));
        let metrics = telemetry::recorder()?;
        tokio::spawn(telemetry::upkeep(metrics.clone()));
        let policy = Arc::new(Policy::from(opening.policy));
        let state = AppState { own: opening.own, policy, ..AppState::new(auth.clone(), leptos, metrics) };
        let readiness = state.readiness.clone();
        Ok(Self { auth, listener, router: router(state)?, config, readiness })
    }

    /// The address that was taken.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop`; then first not ready, then no longer open for new connections, then requests in flight
    /// finish, what is queued is written, and the database is closed.
    pub async fn serve(self, stop: impl Future<Output = Stop>) {
        let server = &self.config.server;
        let (auth, readiness, delay) = (self.auth.clone(), self.readiness, server.shutdown_delay);
        let shutdown = async move {
            let stop = stop.await;
            readiness.stop();
            if stop == Stop::Announced && !delay.is_zero() && readiness.is_watched() {
                let delay_in_words = humantime::format_duration(delay);
                tracing::info!("not ready any more: new connections are taken for another {delay_in_words}");
                tokio::time::sleep(delay).await;
            }
            // A stream would last as long as its listener, who listens elsewhere from now on.
            auth.events.close();
            auth.services.close();
        };
        let bounds = listen::Bounds {
            connections: open_files::connections(server.max_connections, open_files::raise_limit()),
            per_peer: server.max_connections_per_peer,
            trusted_proxies: server.trusted_proxies.clone(),
            keep_alive: server.keep_alive,
            grace: server.shutdown_grace,
        };
        listen::serve(self.listener, self.router, bounds, shutdown).await;
        if tokio::time::timeout(Duration::from_secs(10), self.auth.close()).await.is_err() {
            tracing::error!("the database could not be closed in time");
        }
        telemetry::sum_up();
    }
}
