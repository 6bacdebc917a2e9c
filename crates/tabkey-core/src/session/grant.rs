//! What sign-up, sign-in and refresh answer. Runs in: both.

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use crate::{AccessToken, RefreshToken, User};

/// The reply that hands a tab its access token (RFC 6749 §5.1, with the session and the person beside it).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    #[serde(serialize_with = "reveal")]
    pub access_token: AccessToken,
    /// Only under the profile `tab`, where no cookie carries it (RFC 6749 §5.1).
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "reveal_refresh")]
    pub refresh_token: Option<RefreshToken>,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds from the sending of this reply.
    pub expires_in: u32,
    /// Unix seconds. For display only: a tab counts from `expires_in` on its monotonic clock.
    pub server_time: i64,
    pub session: SessionTimes,
    pub user: User,
}

impl Grant {
    /// Milliseconds that the token, the session, and the session without use have, all by the server's clock.
    pub fn times(&self) -> (u64, u64, u64) {
        let left = |end: i64| (end - self.server_time).max(0).unsigned_abs() * 1_000;
        (u64::from(self.expires_in) * 1_000, left(self.session.expires_at), left(self.session.idle_expires_at))
    }
}

/// The session behind a grant. Times are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTimes {
    pub id: Uuid,
    /// The absolute end, fixed at sign-in.
    pub expires_at: i64,
    /// The end if the person does nothing from now on.
    pub idle_expires_at: i64,
}

/// The one place where an access token is serialized.
fn reveal<S: Serializer>(token: &AccessToken, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.reveal())
}

/// The one place where a refresh token is serialized.
fn reveal_refresh<S: Serializer>(token: &Option<RefreshToken>, serializer: S) -> Result<S::Ok, S::Error> {
    match token {
        Some(token) => serializer.serialize_some(token.reveal()),
        None => serializer.serialize_none(),
    }
}
