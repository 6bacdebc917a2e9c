//! The keys of this installation, opened: what signs, what verifies, and what refresh tokens are derived under. Runs in:
//! the server.

mod ring;
mod rotation;
mod seal;
mod secret;

pub use ring::{KeyRing, check};
pub use rotation::Rotate;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey as Ed25519, pkcs8::EncodePrivateKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::store::KeyRow;

/// When a key makes tokens, in unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub active_from: i64,
    pub retired_at: Option<i64>,
}

/// A key that signs access tokens, will, or did.
pub struct SigningKey {
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    pub signs: jsonwebtoken::EncodingKey,
    pub verifies: jsonwebtoken::DecodingKey,
    /// The public half (RFC 8037 §2).
    pub jwk: serde_json::Value,
    pub row: i64,
    pub period: Period,
}

/// A key under which refresh tokens are derived.
pub struct RefreshKey {
    /// As written in the token.
    pub id: u8,
    pub secret: Zeroizing<[u8; 32]>,
    pub period: Period,
}

/// Every key that may still be met, the oldest first.
pub struct Keys {
    pub signing: Vec<SigningKey>,
    pub refresh: Vec<RefreshKey>,
    /// As they are in the database, those that do not open too.
    pub rows: Vec<KeyRow>,
    /// Rows that another secret sealed.
    pub unreadable: Vec<i64>,
    /// How often a signing key has gone from this node's set: a verdict from before counts no more.
    pub removals: u64,
}

impl Keys {
    fn open(rows: Vec<KeyRow>, secret: &[u8; 32]) -> Self {
        let mut keys =
            Self { signing: Vec::new(), refresh: Vec::new(), rows: Vec::new(), unreadable: Vec::new(), removals: 0 };
        for row in &rows {
            if keys.add(row, secret).is_none() {
                keys.unreadable.push(row.id);
            }
        }
        // Their ids are used again, so that they tell no age.
        keys.refresh.sort_by_key(|key| key.period.active_from);
        Self { rows, ..keys }
    }

    /// The key that signs at `now`: the youngest that is active. Where a clock differs so much that none is, the youngest.
    pub fn signing(&self, now: i64) -> Option<&SigningKey> {
        self.signing.iter().rev().find(|key| key.period.holds(now)).or(self.signing.last())
    }

    pub fn verifying(&self, kid: &str) -> Option<&SigningKey> {
        self.signing.iter().find(|key| key.kid == kid)
    }

    /// The key under which refresh tokens are derived at `now`, chosen likewise.
    pub fn refresh(&self, now: i64) -> Option<&RefreshKey> {
        self.refresh.iter().rev().find(|key| key.period.holds(now)).or(self.refresh.last())
    }

    pub fn refresh_by_id(&self, id: u8) -> Option<&RefreshKey> {
        self.refresh.iter().find(|key| key.id == id)
    }

    /// The public halves (RFC 7517 §5).
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!({ "keys": self.signing.iter().map(|key| &key.jwk).collect::<Vec<_>>() })
    }

    /// `None` where it does not open.
    fn add(&mut self, row: &KeyRow, secret: &[u8; 32]) -> Option<()> {
        let bytes = seal::open(secret, &row.kind, row.id, &row.sealed)?;
        let period = Period { active_from: row.active_from, retired_at: row.retired_at };
        if row.kind == "signing" {
            self.signing.push(signing_key(&bytes, row.id, period)?);
        } else {
            self.refresh.push(RefreshKey { id: u8::try_from(row.id).ok()?, secret: bytes, period });
        }
        Some(())
    }
}

impl Period {
    pub fn holds(self, now: i64) -> bool {
        self.active_from <= now && self.retired_at.is_none_or(|retired| now < retired)
    }
}

fn signing_key(seed: &[u8; 32], row: i64, period: Period) -> Option<SigningKey> {
    let key = Ed25519::from_bytes(seed);
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    // RFC 7638 §3.3: the required members, in this order, without space.
    let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
    let kid = URL_SAFE_NO_PAD.encode(thumbprint);
    let der = key.to_pkcs8_der().ok()?;
    Some(SigningKey {
        jwk: serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": "EdDSA"}),
        signs: jsonwebtoken::EncodingKey::from_ed_der(der.as_bytes()),
        verifies: jsonwebtoken::DecodingKey::from_ed_components(&x).ok()?,
        kid,
        row,
        period,
    })
}

/// 32 bytes that nobody can guess.
fn random() -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).expect("the operating system has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [1; 32];

    fn row(id: i64, kind: &str, active_from: i64, retired_at: Option<i64>) -> KeyRow {
        let sealed = seal::seal(&SECRET, kind, id, &random());
        KeyRow { id, kind: kind.into(), sealed, active_from, retired_at }
    }

    #[test]
    fn each_moment_has_its_key_and_its_successor_takes_over_without_a_gap() {
        let rows =
            vec![row(2, "signing", 0, Some(100)), row(256, "signing", 100, Some(200)), row(257, "signing", 200, None)];
        let keys = Keys::open(rows, &SECRET);

        let signs = |now| keys.signing(now).map(|key| key.row);

        assert_eq!(
            [0, 99, 100, 199, 200, 999].map(signs),
            [Some(2), Some(2), Some(256), Some(256), Some(257), Some(257)]
        );
    }

    #[test]
    fn a_key_that_was_overtaken_before_its_time_never_signs() {
        let rows =
            vec![row(2, "signing", 0, Some(50)), row(256, "signing", 100, Some(50)), row(257, "signing", 50, None)];
        let keys = Keys::open(rows, &SECRET);

        assert_eq!([49, 50, 100].map(|now| keys.signing(now).map(|key| key.row)), [Some(2), Some(257), Some(257)]);
    }

    #[test]
    fn where_a_clock_is_behind_the_only_key_signs_all_the_same() {
        let keys = Keys::open(vec![row(256, "signing", 100, None), row(1, "refresh", 100, None)], &SECRET);

        assert_eq!((keys.signing(0).map(|key| key.row), keys.refresh(0).map(|key| key.id)), (Some(256), Some(1)));
    }

    #[test]
    fn the_youngest_refresh_key_derives_whatever_its_id() {
        let rows = vec![row(1, "refresh", 100, None), row(3, "refresh", 0, Some(100))];
        let keys = Keys::open(rows, &SECRET);

        assert_eq!([99, 100].map(|now| keys.refresh(now).map(|key| key.id)), [Some(3), Some(1)]);
        assert!(keys.refresh_by_id(3).is_some());
    }

    #[test]
    fn what_another_secret_sealed_is_named_and_the_rest_works() {
        let rows = vec![row(1, "refresh", 0, None), row(2, "signing", 0, None)];
        let mut mixed = rows.clone();
        mixed[1].sealed = seal::seal(&[2; 32], "signing", 2, &random());

        let keys = Keys::open(mixed, &SECRET);

        assert_eq!((keys.unreadable.as_slice(), keys.signing.len(), keys.refresh.len()), ([2].as_slice(), 0, 1));
        assert!(Keys::open(rows, &SECRET).unreadable.is_empty());
    }
}
