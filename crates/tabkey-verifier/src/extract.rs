//! Who is signed in, for a handler: `async fn handler(me: SignedIn)`. Runs in: services that verify our tokens.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::Verifier;
use crate::{shared::Error, verify::bearer};

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

/// The reply to whoever is not let in: status, headers and JSON as the issuer itself would answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Error);

/// Works with every state that a [`Verifier`] can be taken from. Errors: 401 `token_missing`, and as [`Verifier::verify`].
impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let token = bearer(&parts.headers).map_err(Refused)?;
        Verifier::from_ref(state).verify(token).await.map_err(Refused)
    }
}

/// `Option<SignedIn>`: `None` without a token; a bad token is still an error.
impl<S> OptionalFromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refused> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(me) => Ok(Some(me)),
            Err(Refused(Error::TokenMissing)) => Ok(None),
            Err(refused) => Err(refused),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let mut response = (error.status(), Json(&error)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = error.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if error.is_of_token() {
            // RFC 6750 §3.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
        }
        response
    }
}
