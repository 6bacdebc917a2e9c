//! Who is signed in, for a handler: `async fn handler(me: SignedIn)`. Runs in: services that verify our tokens.

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use tabkey_core::Error;

use super::{SignedIn, Verifier};
use crate::trust::bearer;

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
        ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], self.0).into_response()
    }
}
