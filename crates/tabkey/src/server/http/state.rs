//! What handlers need. Runs in: the server.

use std::sync::Arc;

use axum::extract::FromRef;
use leptos::prelude::*;
use metrics_exporter_prometheus::PrometheusHandle;

use super::{body, costs::Costs, own::Own, policy::Policy, readiness::Readiness};
use crate::server::auth::Auth;

/// What handlers need.
#[derive(Clone)]
pub struct AppState {
    pub auth: Arc<Auth>,
    /// Where the site's files are and what they are called.
    pub leptos: LeptosOptions,
    /// What `/metrics` prints.
    pub metrics: PrometheusHandle,
    /// How often each person asked for what is dear.
    pub costs: Arc<Costs>,
    /// For bodies of an adopter's calls.
    pub large_bodies: body::Room,
    /// What `/readyz` says.
    pub readiness: Readiness,
    /// What the application provides to its own calls and pages.
    pub own: Own,
    /// What pages may load beside our own files.
    pub policy: Arc<Policy>,
}

impl AppState {
    pub fn new(auth: Arc<Auth>, leptos: LeptosOptions, metrics: PrometheusHandle) -> Self {
        let costs = Arc::new(Costs::new(auth.config.limits.enabled));
        let (large_bodies, readiness) = (body::Room::default(), Readiness::default());
        let (own, policy) = (Own::default(), Arc::default());
        Self { auth, leptos, metrics, costs, large_bodies, readiness, own, policy }
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
