//! Access tokens: made here, and verified without a database (RFC 9068, RFC 8725). Runs in: the server.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header};
use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::server::{clock, keys::Keys};
use tabkey_core::{AccessToken, Error};
use tabkey_verifier::trust::{
    CLIENT_ID, Claims, Expected, MAX_BYTES, TYPE, Untrusted, check, check_times, install_crypto,
};

/// Tokens whose signature is remembered: about 1 KB each.
const REMEMBERED: usize = 16_384;

/// Makes and verifies access tokens for one issuer and one audience.
pub struct Tokens {
    expected: Expected,
    /// Verdicts on signatures: a token is checked once per node (0.04 µs against 35–60 µs).
    verified: Cache<Box<str>, Verified>,
}

#[derive(Clone)]
struct Verified {
    claims: Arc<Claims>,
    /// How many keys had gone by then. Once another has, its tokens are told from the rest by checking all anew.
    removals: u64,
}

/// Whom a token is for.
pub struct Subject {
    pub user: Uuid,
    pub session: Uuid,
    pub generation: u32,
    pub roles: Arc<[String]>,
    pub claims_version: i64,
    /// Unix milliseconds of the last proof of the password in this session.
    pub proved_at: i64,
}

impl Tokens {
    pub fn new(issuer: String, audience: String) -> Self {
        Self { expected: Expected { issuer, audience }, verified: Cache::new(REMEMBERED) }
    }

    /// A token that lives `ttl` seconds from `now` (unix milliseconds).
    pub fn issue(&self, keys: &Keys, subject: Subject, ttl: i64, now: i64) -> Result<AccessToken, Error> {
        let key = keys.signing(now).ok_or_else(|| {
            tracing::error!("no key signs");
            Error::busy()
        })?;
        let header = Header { typ: Some(TYPE.into()), kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let iat = clock::seconds(now);
        let claims = Claims {
            iss: self.expected.issuer.clone(),
            aud: self.expected.audience.clone(),
            sub: subject.user,
            sid: subject.session,
            generation: subject.generation,
            roles: subject.roles,
            cv: subject.claims_version,
            auth_time: clock::seconds(subject.proved_at),
            iat,
            exp: iat + ttl,
            jti: Uuid::now_v7(),
            client_id: CLIENT_ID.into(),
            nbf: None,
        };
        install_crypto();
        let token = jsonwebtoken::encode(&header, &claims, &key.signs).map_err(|error| {
            tracing::error!(%error, "an access token could not be signed");
            Error::busy()
        })?;
        // Nobody would take it, this node included.
        if token.len() > MAX_BYTES {
            tracing::error!(
                bytes = token.len(),
                "an access token is too long: shorten server.public_url or the roles' names"
            );
            return Err(Error::busy());
        }
        Ok(AccessToken::new(token))
    }

    /// What a genuine token says, at `now` (unix milliseconds).
    pub fn verify(&self, keys: &Keys, token: &str, now: i64) -> Result<Arc<Claims>, Untrusted> {
        let claims = match self.verified.get(token) {
            Some(verified) if verified.removals == keys.removals => verified.claims,
            _ => {
                let find = |kid: &str| keys.verifying(kid).map(|key| &key.verifies);
                let claims = Arc::new(check(token, &self.expected, find)?);
                let verified = Verified { claims: claims.clone(), removals: keys.removals };
                self.verified.insert(token.into(), verified);
                claims
            }
        };
        check_times(&claims, clock::seconds(now))?;
        Ok(claims)
    }
}
