//! The keys of this installation: made once, sealed in the database under one secret, opened at start. Runs in: the server.

mod seal;
mod secret;

pub use secret::parse_hex as parse_secret;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey as Ed25519, pkcs8::EncodePrivateKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    auth::{StartError, clock},
    config::Config,
    store::{KeyRow, NewKey, Store},
};

/// A key that signs access tokens, or signed them.
pub struct SigningKey {
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    pub signs: jsonwebtoken::EncodingKey,
    pub verifies: jsonwebtoken::DecodingKey,
    /// The public half (RFC 8037 §2).
    pub jwk: serde_json::Value,
    active_from: i64,
    retired_at: Option<i64>,
}

/// A key under which refresh tokens are derived.
pub struct RefreshKey {
    /// As written in the token.
    pub id: u8,
    pub secret: Zeroizing<[u8; 32]>,
}

/// Every key that may still be met.
pub struct Keys {
    signing: Vec<SigningKey>,
    refresh: Vec<RefreshKey>,
}

impl Keys {
    /// Opens the keys in the database, making them on the first start. Errors: the secret is missing, malformed or not
    /// the one that sealed them.
    pub async fn open(store: &Store, config: &Config) -> Result<Self, StartError> {
        let broken = |error| StartError(format!("the keys could not be read from the database: {error:?}"));
        let mut rows = store.list_keys().await.map_err(broken)?;
        let secret = secret::find(config, rows.is_empty())?;
        if rows.is_empty() {
            store.create_keys(first_keys(&secret)).await.map_err(broken)?;
            rows = store.list_keys().await.map_err(broken)?;
        }
        let mut keys = Self { signing: Vec::new(), refresh: Vec::new() };
        for row in rows {
            keys.add(row, &secret)?;
        }
        Ok(keys)
    }

    /// The key that signs at `now`: the youngest that is active.
    pub fn signing(&self, now: i64) -> &SigningKey {
        let active = |key: &&SigningKey| key.active_from <= now && key.retired_at.is_none_or(|retired| now < retired);
        self.signing.iter().rev().find(active).or(self.signing.last()).expect("the first start makes a key")
    }

    pub fn verifying(&self, kid: &str) -> Option<&SigningKey> {
        self.signing.iter().find(|key| key.kid == kid)
    }

    /// The key under which new refresh tokens are derived.
    pub fn refresh(&self) -> &RefreshKey {
        self.refresh.last().expect("the first start makes a key")
    }

    pub fn refresh_by_id(&self, id: u8) -> Option<&RefreshKey> {
        self.refresh.iter().find(|key| key.id == id)
    }

    /// The public halves (RFC 7517 §5).
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!({ "keys": self.signing.iter().map(|key| &key.jwk).collect::<Vec<_>>() })
    }

    fn add(&mut self, row: KeyRow, secret: &[u8; 32]) -> Result<(), StartError> {
        let bytes = seal::open(secret, &row.kind, row.id, &row.sealed).ok_or_else(|| {
            StartError(
                "TABKEY_SECRET_KEY is not the secret that sealed the keys in this database: start with the one used before, or see the README on signing everybody out".into(),
            )
        })?;
        if row.kind == "signing" {
            self.signing.push(signing_key(&bytes, &row)?);
        } else {
            let id = u8::try_from(row.id)
                .map_err(|_| StartError(format!("the refresh key {} has no place in a token", row.id)))?;
            self.refresh.push(RefreshKey { id, secret: bytes });
        }
        Ok(())
    }
}

/// One key of each kind. Ids are fixed, so that two processes which start at once agree on the same pair.
fn first_keys(secret: &[u8; 32]) -> Vec<NewKey> {
    let now = clock::now();
    let new = |id, kind| NewKey {
        id,
        kind,
        sealed: seal::seal(secret, kind, id, &random()),
        created_at: now,
        active_from: now,
    };
    vec![new(1, "refresh"), new(2, "signing")]
}

fn signing_key(seed: &[u8; 32], row: &KeyRow) -> Result<SigningKey, StartError> {
    let key = Ed25519::from_bytes(seed);
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    // RFC 7638 §3.3: the required members, in this order, without space.
    let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
    let kid = URL_SAFE_NO_PAD.encode(thumbprint);
    let unusable = |_| StartError(format!("the signing key {} in the database is unusable", row.id));
    let der = key.to_pkcs8_der().map_err(|_| unusable(()))?;
    Ok(SigningKey {
        jwk: serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": "EdDSA"}),
        signs: jsonwebtoken::EncodingKey::from_ed_der(der.as_bytes()),
        verifies: jsonwebtoken::DecodingKey::from_ed_components(&x).map_err(|_| unusable(()))?,
        kid,
        active_from: row.active_from,
        retired_at: row.retired_at,
    })
}

/// 32 bytes that nobody can guess.
fn random() -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).expect("the operating system has randomness");
    bytes
}
