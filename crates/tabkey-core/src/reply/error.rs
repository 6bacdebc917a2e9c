//! Every failure a caller can see: one code, one status, no free text. Runs in: both.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::Ended;

/// The body of every reply that is not a success: `{"code": "...", …}`. The page finds the words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Error {
    /// 401 on sign-in, the same whether or not the account exists.
    WrongCredentials,
    /// 401 where a call that needs a bearer token came without one.
    TokenMissing,
    /// 401 for a token that was never ours, or is no longer.
    TokenInvalid,
    /// 401 for an access token past its life: refresh and send again.
    TokenExpired,
    /// 401 for an access token with claims that have changed since: refresh and send again.
    TokenStale,
    /// 401 for either token of a session that is over.
    SessionEnded(Ended),
    /// 403 for a person who may not do this.
    Forbidden,
    /// 403 for something that matters, where the password was last proved too long ago: prove it (`POST /api/step_up`) and
    /// send again.
    StepUpRequired,
    /// 403 for a request that another site made (Fetch Metadata).
    CrossSite,
    /// 403 for a sign-in by a form that the page's script did not send, where only that script can hold what it brings.
    ScriptNeeded,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 409 on sign-up.
    EmailTaken,
    /// 410 for a link from a mail that does nothing any more, or never did.
    LinkInvalid { why: LinkFault },
    /// 413
    TooLarge,
    /// 415
    UnsupportedMediaType,
    /// 422, with what is wrong in each field.
    InvalidInput { fields: BTreeMap<String, FieldError> },
    /// 429
    TooManyAttempts {
        /// Seconds.
        retry_after: u32,
    },
    /// 503: overloaded, shutting down, or without its database. Nothing was done.
    Busy {
        /// Seconds.
        retry_after: u32,
    },
    /// Never sent: the browser could not reach the server.
    Offline,
    /// Never sent: the browser got a reply that it could not read.
    Unreadable,
}

/// Why a link does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkFault {
    Used,
    Expired,
    /// Altered, cut short, or made for something else.
    Unknown,
}

/// What is wrong with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldError {
    Required,
    Malformed,
    TooShort,
    TooLong,
    /// On a list of common passwords.
    Common,
    /// Made of the person's or the product's name.
    ContainsIdentity,
    /// A field that this call does not have.
    Unknown,
    /// Sent more than once.
    Duplicate,
    /// Well formed, but not the right one.
    Wrong,
    /// Nobody may do this to themself.
    Yourself,
    /// It would leave nobody who can undo it.
    LastAdmin,
    /// There is room for no more of them.
    TooMany,
    /// By a rule of the application's own.
    NotAllowed,
}

impl Error {
    /// Seconds to wait after `busy` where nothing better is known.
    pub const BUSY_RETRY_AFTER: u32 = 1;

    /// 503 with the usual wait.
    pub fn busy() -> Self {
        Self::Busy { retry_after: Self::BUSY_RETRY_AFTER }
    }

    /// 422 for one field.
    pub fn field(name: &str, error: FieldError) -> Self {
        Self::InvalidInput { fields: BTreeMap::from([(name.to_owned(), error)]) }
    }

    /// The `code` on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong_credentials",
            Self::TokenMissing => "token_missing",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::TokenStale => "token_stale",
            Self::SessionEnded(_) => "session_ended",
            Self::Forbidden => "forbidden",
            Self::StepUpRequired => "step_up_required",
            Self::CrossSite => "cross_site",
            Self::ScriptNeeded => "script_needed",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::EmailTaken => "email_taken",
            Self::LinkInvalid { .. } => "link_invalid",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::InvalidInput { .. } => "invalid_input",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Busy { .. } => "busy",
            Self::Offline => "offline",
            Self::Unreadable => "unreadable",
        }
    }

    /// Seconds after which it may work, for `Retry-After`.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooManyAttempts { retry_after } | Self::Busy { retry_after } => Some(*retry_after),
            _ => None,
        }
    }

    /// Whether it is about the bearer token, so that `WWW-Authenticate` goes with it (RFC 6750 §3).
    pub fn is_of_token(&self) -> bool {
        matches!(
            self,
            Self::TokenMissing | Self::TokenInvalid | Self::TokenExpired | Self::TokenStale | Self::SessionEnded(_)
        )
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::WrongCredentials
            | Self::TokenMissing
            | Self::TokenInvalid
            | Self::TokenExpired
            | Self::TokenStale
            | Self::SessionEnded(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::StepUpRequired | Self::CrossSite | Self::ScriptNeeded => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::EmailTaken => StatusCode::CONFLICT,
            Self::LinkInvalid { .. } => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidInput { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } | Self::Offline | Self::Unreadable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EndReason;

    #[test]
    fn the_wire_format_is_flat() {
        let ended =
            Error::SessionEnded(Ended { reason: EndReason::Revoked, at: 7, by: Some("Firefox on Windows".into()) });

        let json = serde_json::to_value(&ended).expect("an error serializes");

        assert_eq!(
            json,
            serde_json::json!({"code": "session_ended", "reason": "revoked", "at": 7, "by": "Firefox on Windows"})
        );
        assert_eq!(serde_json::from_value::<Error>(json).expect("and comes back"), ended);
    }

    #[test]
    fn the_code_is_the_serialized_tag() {
        for error in [
            Error::WrongCredentials,
            Error::TokenStale,
            Error::StepUpRequired,
            Error::busy(),
            Error::field("email", FieldError::Wrong),
            Error::UnsupportedMediaType,
        ] {
            assert_eq!(serde_json::to_value(&error).expect("serializes")["code"], error.code());
        }
    }
}
