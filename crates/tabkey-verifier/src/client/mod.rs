//! Who the holder of a token is, and that their session still lives: what follows the issuer. Runs in: services that verify our
//! tokens.
//!
//! [`settings`]: whom to trust, and the credential. `extract`: who is signed in, for handlers. `keys`: the issuer's public keys.
//! `feed`: what ended, followed as it happens. `messages`: the format of that stream.

#[cfg(feature = "axum")]
mod extract;
mod feed;
mod keys;
mod messages;
mod settings;

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tabkey_core::Error;
use tokio::task::AbortHandle;
use uuid::Uuid;

#[cfg(feature = "axum")]
pub use extract::Refused;
use keys::Keys;
pub use settings::{ServiceToken, Settings, SettingsError};

use crate::trust::{Expected, Revocations, Untrusted, Verdict, check, check_times};

/// How long the issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The holder of a live access token. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub roles: Arc<[String]>,
    /// Unix seconds of the sign-in.
    pub auth_time: i64,
}

impl SignedIn {
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }
}

/// Verifies access tokens from memory. Cheap to clone; with the last one, what keeps the memory up to date ends.
#[derive(Clone)]
pub struct Verifier {
    state: Arc<State>,
    _tasks: Arc<Tasks>,
}

/// What requests read, and what the tasks behind them write.
struct State {
    expected: Expected,
    service_token: ServiceToken,
    client: reqwest::Client,
    keys: Keys,
    revocations: Revocations,
}

struct Tasks([AbortHandle; 2]);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

impl Verifier {
    /// Begins to follow the issuer; until it has answered, every token is a 503. To be called inside a tokio runtime.
    /// Errors: the settings cannot be used.
    pub fn connect(settings: Settings) -> Result<Self, SettingsError> {
        let issuer = settings.issuer()?;
        // Stays without effect where the program has chosen a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(PATIENCE)
            // The credential goes to the issuer and nowhere else.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| SettingsError(format!("no connection can be made from here: {error}")))?;
        let state = Arc::new(State {
            keys: Keys::of(&issuer),
            expected: Expected { issuer, audience: settings.audience },
            service_token: settings.service_token,
            client,
            revocations: Revocations::default(),
        });
        let tasks = [tokio::spawn(keys::keep(state.clone())), tokio::spawn(feed::follow(state.clone()))];
        Ok(Self { state, _tasks: Arc::new(Tasks(tasks.map(|task| task.abort_handle()))) })
    }

    /// Who the holder of an access token is. Errors: 401 `token_invalid`, `token_expired`, `token_stale`, `session_ended`;
    /// 503 `busy` while the issuer is silent, for nobody knows then what has ended.
    pub async fn verify(&self, token: &str) -> Result<SignedIn, Error> {
        let state = &self.state;
        let known = state.keys.known();
        let claims = match check(token, &state.expected, |kid| known.get(kid)) {
            Err(Untrusted::UnknownKey) => {
                state.keys.fetch_again(&state.client).await?;
                let known = state.keys.known();
                check(token, &state.expected, |kid| known.get(kid))
            }
            checked => checked,
        };
        let claims = claims.map_err(refusal)?;
        check_times(&claims, now().div_euclid(1_000)).map_err(refusal)?;
        match state.revocations.verdict(claims.sid, claims.sub, claims.cv, Instant::now()) {
            Verdict::Live => Ok(SignedIn {
                user_id: claims.sub,
                session_id: claims.sid,
                roles: claims.roles,
                auth_time: claims.auth_time,
            }),
            Verdict::Ended(ended) => Err(Error::SessionEnded(ended)),
            Verdict::Stale => Err(Error::TokenStale),
            Verdict::Unsure(_) => Err(Error::busy()),
        }
    }

    /// Whether a live token would be accepted now: for a readiness check.
    pub fn is_ready(&self) -> bool {
        self.state.revocations.gap(Instant::now()).is_none() && !self.state.keys.known().is_empty()
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("expected", &self.state.expected).finish_non_exhaustive()
    }
}

fn refusal(untrusted: Untrusted) -> Error {
    match untrusted {
        Untrusted::Expired => Error::TokenExpired,
        Untrusted::Invalid | Untrusted::UnknownKey => Error::TokenInvalid,
    }
}

/// Unix milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// How long to wait after so many failures: 100 ms, doubled each time up to 2 s, and up to half of it more, so that services
/// do not come back in step.
fn wait_after(failures: u32) -> Duration {
    let wait = Duration::from_millis(100 << failures.min(5)).min(Duration::from_secs(2));
    let jitter = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos() % 1_000;
    wait + wait * jitter / 2_000
}
