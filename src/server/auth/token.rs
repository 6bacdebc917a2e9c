//! Access tokens: made here, and verified without a database (RFC 9068, RFC 8725). Runs in: the server.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header, Validation};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock;
use crate::{
    server::keys::Keys,
    shared::{AccessToken, Error},
};

/// RFC 9068 §2.1: so that no other kind of token passes for one of these.
const TYPE: &str = "at+jwt";
/// Ours, as RFC 9068 asks for a client.
const CLIENT_ID: &str = "tabkey";
/// Longer than any token made here; a longer one is not looked at.
const MAX_BYTES: usize = 4_096;
/// Tokens whose signature is remembered: about 1 KB each.
const REMEMBERED: usize = 16_384;

/// What a token says. Every member is required; times are unix seconds and numbers (a string is refused:
/// CVE-2026-25537). Nothing about the person but an opaque id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    pub sub: Uuid,
    pub sid: Uuid,
    /// The session's generation when the token was made.
    #[serde(rename = "gen")]
    pub generation: u32,
    pub roles: Arc<[String]>,
    /// The user's claims version.
    pub cv: i64,
    pub auth_time: i64,
    pub iat: i64,
    pub exp: i64,
    pub jti: Uuid,
    pub client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
}

/// Makes and verifies access tokens for one issuer and one audience.
pub struct Tokens {
    issuer: String,
    audience: String,
    /// Verdicts on signatures: a token is checked once per node (0.04 µs against 35–60 µs).
    verified: Cache<Box<str>, Arc<Claims>>,
}

/// Whom a token is for.
pub struct Subject {
    pub user: Uuid,
    pub session: Uuid,
    pub generation: u32,
    pub roles: Arc<[String]>,
    pub claims_version: i64,
    /// Unix milliseconds of the sign-in.
    pub signed_in_at: i64,
}

impl Tokens {
    pub fn new(issuer: String, audience: String) -> Self {
        Self { issuer, audience, verified: Cache::new(REMEMBERED) }
    }

    /// A token that lives `ttl` seconds from `now` (unix milliseconds).
    pub fn issue(&self, keys: &Keys, subject: Subject, ttl: i64, now: i64) -> Result<AccessToken, Error> {
        let key = keys.signing(now);
        let header = Header { typ: Some(TYPE.into()), kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let iat = clock::seconds(now);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: subject.user,
            sid: subject.session,
            generation: subject.generation,
            roles: subject.roles,
            cv: subject.claims_version,
            auth_time: clock::seconds(subject.signed_in_at),
            iat,
            exp: iat + ttl,
            jti: Uuid::now_v7(),
            client_id: CLIENT_ID.into(),
            nbf: None,
        };
        let token = jsonwebtoken::encode(&header, &claims, &key.signs).map_err(|error| {
            tracing::error!(%error, "an access token could not be signed");
            Error::busy()
        })?;
        Ok(AccessToken::new(token))
    }

    /// What a genuine token says. Errors: 401 `token_invalid` for anything that this issuer did not make for this
    /// audience, 401 `token_expired` past its life, with no leeway: issuer and verifier share a clock.
    pub fn verify(&self, keys: &Keys, token: &str, now: i64) -> Result<Arc<Claims>, Error> {
        let claims = match self.verified.get(token) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.check(keys, token).ok_or(Error::TokenInvalid)?);
                self.verified.insert(token.into(), claims.clone());
                claims
            }
        };
        let now = clock::seconds(now);
        if claims.nbf.is_some_and(|nbf| now < nbf) {
            return Err(Error::TokenInvalid);
        }
        if now >= claims.exp {
            return Err(Error::TokenExpired);
        }
        Ok(claims)
    }

    fn check(&self, keys: &Keys, token: &str) -> Option<Claims> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
            return None;
        }
        // The key comes from the store alone: `jwk`, `jku`, `x5u` and `x5c` are never read (RFC 8725 §3.10).
        let key = keys.verifying(&header.kid?)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Times are judged by the caller at every use, not once.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifies, &validation).ok()?.claims;
        (claims.client_id == CLIENT_ID).then_some(claims)
    }
}
