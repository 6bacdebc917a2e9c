//! The signal at the root: the tab's session, and the only holder of the access token. Runs in: both; on the server it
//! shows who the first HTML is for.

use leptos::prelude::*;
use uuid::Uuid;

use crate::shared::{Ended, Grant, Identity, User};

/// What a page may know of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Before the first answer: the server could not tell, and the tab has not asked yet.
    Unknown,
    /// With the reason where the person did not ask for it.
    SignedOut(Option<Ended>),
    SignedIn,
}

/// The tab's session, `Copy`, from context. Every reader is reactive.
#[derive(Clone, Copy)]
pub struct Session {
    status: RwSignal<Status>,
    identity: RwSignal<Option<Identity>>,
    degraded: RwSignal<bool>,
}

/// Provides the session at the root of the app; `App` calls it once, first.
/// Server-side rendering: the identity comes from the context that the router provided for this request, and travels in
/// the HTML to the tab, so that the first paint and hydration agree.
pub fn provide_session() -> Session {
    let identity = SharedValue::new(|| use_context::<Option<Identity>>().flatten()).into_inner();
    let status = if identity.is_some() { Status::SignedIn } else { Status::Unknown };
    let session =
        Session { status: RwSignal::new(status), identity: RwSignal::new(identity), degraded: RwSignal::new(false) };
    provide_context(session);
    session
}

pub fn use_session() -> Session {
    expect_context()
}

impl Session {
    pub fn status(self) -> Status {
        self.status.get()
    }

    pub fn user(self) -> Option<User> {
        self.identity.get().map(|identity| identity.user)
    }

    pub fn session_id(self) -> Option<Uuid> {
        self.identity.get().map(|identity| identity.session.id)
    }

    /// The server cannot be reached or fails; the session is kept.
    pub fn degraded(self) -> bool {
        self.degraded.get()
    }

    /// Takes what sign-in or sign-up answered.
    pub fn granted(self, grant: Grant) {
        let _ = grant;
    }

    /// Signs out here and now; the server hears of it as soon as it can be reached.
    pub fn sign_out(self) {}
}
