//! Following the issuer's feed of endings. Runs in: services that verify our tokens.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{
    StatusCode,
    header::{ACCEPT, HeaderValue},
};
use tokio::time::timeout;

use super::{
    PATIENCE, State,
    messages::{Message, Messages},
    now, wait_after,
};
use crate::trust::{Gap, Notice, SILENCE};

/// How often what concerns no living token is dropped.
const FORGET_EVERY: Duration = Duration::from_secs(30);

/// Why a stream is over.
#[derive(Debug)]
enum Broken {
    Unreachable(reqwest::Error),
    /// Nothing came for too long.
    Silent,
    /// The issuer ended it: it stops, or does not trust its own feed.
    Cut,
    Refused(StatusCode),
    Garbled,
    /// More is live than memory may hold; read again, for some of it may be dead by now.
    Full,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "{error}"),
            Self::Silent => f.write_str("nothing comes"),
            Self::Cut => f.write_str("the issuer ended it"),
            Self::Refused(status) => write!(f, "the issuer answers {status}"),
            Self::Garbled => f.write_str("this is no feed"),
            Self::Full => f.write_str("more is live than memory may hold"),
        }
    }
}

/// Runs until it is aborted. A stream that breaks is opened anew, and says everything that is live once more.
pub async fn follow(state: Arc<State>) {
    let mut failures = 0;
    loop {
        let mut was_ready = false;
        let broken = listen(&state, &mut was_ready).await;
        failures = if was_ready { 0 } else { failures + 1 };
        match broken {
            Broken::Refused(StatusCode::UNAUTHORIZED) => {
                tracing::error!("the issuer does not know this service token: every token is answered 503");
            }
            broken if failures < 2 => tracing::warn!(why = %broken, "the issuer's feed broke off"),
            broken => tracing::debug!(why = %broken, "the issuer's feed cannot be heard"),
        }
        tokio::time::sleep(wait_after(failures)).await;
    }
}

async fn listen(state: &State, is_ready: &mut bool) -> Broken {
    match read(state, is_ready).await {
        Ok(broken) | Err(broken) => broken,
    }
}

async fn read(state: &State, is_ready: &mut bool) -> Result<Broken, Broken> {
    let mark = state.revocations.mark();
    let request = state.client.get(format!("{}/api/revocations", state.expected.issuer));
    let request = request.bearer_auth(state.service_token.reveal());
    let request = request.header(ACCEPT, HeaderValue::from_static("text/event-stream"));
    let response = timeout(PATIENCE, request.send()).await.map_err(|_| Broken::Silent)?;
    let mut response = response.map_err(Broken::Unreachable)?;
    if response.status() != StatusCode::OK {
        return Err(Broken::Refused(response.status()));
    }
    let mut messages = Messages::default();
    let mut forgot_at = Instant::now();
    loop {
        let piece = timeout(SILENCE, response.chunk()).await.map_err(|_| Broken::Silent)?;
        let Some(piece) = piece.map_err(Broken::Unreachable)? else { return Ok(Broken::Cut) };
        for message in messages.take(&piece).map_err(|_| Broken::Garbled)? {
            match message {
                Message::Event { name, data } if name == "revocation" => {
                    let notice: Notice = serde_json::from_str(&data).map_err(|_| Broken::Garbled)?;
                    notice.note(&state.revocations);
                }
                Message::Event { name, .. } if name == "ready" => {
                    state.revocations.is_whole_since(mark);
                    state.revocations.heard(Instant::now());
                    *is_ready = true;
                }
                // A beat stands for one that the issuer's own feed gave it; a revocation proves less.
                Message::Comment if *is_ready => state.revocations.heard(Instant::now()),
                // What a newer issuer says besides.
                Message::Comment | Message::Event { .. } => {}
            }
        }
        if forgot_at.elapsed() >= FORGET_EVERY {
            forgot_at = Instant::now();
            state.revocations.forget(now());
            if state.revocations.gap(forgot_at) == Some(Gap::Full) {
                return Ok(Broken::Full);
            }
        }
    }
}
