//! What a token says, and whether it is genuine (RFC 9068, RFC 8725). Runs in: the server, and in services that verify its
//! tokens.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// RFC 9068 §2.1: so that no other kind of token passes for one of these.
pub const TYPE: &str = "at+jwt";
/// Ours, as RFC 9068 asks for a client.
pub const CLIENT_ID: &str = "tabkey";
/// Longer than any token made here; a longer one is not looked at.
pub const MAX_BYTES: usize = 4_096;

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

/// Whose tokens are believed, and for whom they must be.
#[derive(Clone, Debug)]
pub struct Expected {
    pub issuer: String,
    pub audience: String,
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// Not ours, altered, or not meant for this audience.
    Invalid,
    /// Well formed, but signed by a key that is not known here, perhaps not yet.
    UnknownKey,
    /// Past its life.
    Expired,
}

/// Checks everything that does not change with time. `key` finds the key of a `kid`: keys come from there alone; `jwk`,
/// `jku`, `x5u` and `x5c` are never read (RFC 8725 §3.10).
pub fn check<'k>(
    token: &str,
    expected: &Expected,
    key: impl FnOnce(&str) -> Option<&'k DecodingKey>,
) -> Result<Claims, Untrusted> {
    if token.len() > MAX_BYTES {
        return Err(Untrusted::Invalid);
    }
    super::crypto::install();
    let header = jsonwebtoken::decode_header(token).map_err(|_| Untrusted::Invalid)?;
    if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
        return Err(Untrusted::Invalid);
    }
    let kid = header.kid.ok_or(Untrusted::Invalid)?;
    let key = key(&kid).ok_or(Untrusted::UnknownKey)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[&expected.issuer]);
    validation.set_audience(&[&expected.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Times are judged at every use, not once.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(|_| Untrusted::Invalid)?.claims;
    if claims.client_id == CLIENT_ID { Ok(claims) } else { Err(Untrusted::Invalid) }
}

/// Judges the times of a genuine token at `now` (unix seconds), with no leeway: issuer and verifier share a clock.
pub fn check_times(claims: &Claims, now: i64) -> Result<(), Untrusted> {
    if claims.nbf.is_some_and(|nbf| now < nbf) {
        return Err(Untrusted::Invalid);
    }
    if now >= claims.exp { Err(Untrusted::Expired) } else { Ok(()) }
}
