//! Refresh tokens: derived from the session and its generation, not stored, so that a stolen database holds none and
//! the same successor can be handed out twice. Runs in: the server.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::visitor::Secret;
use crate::server::keys::RefreshKey;
use tabkey_verifier::trust::Untrusted;

const VERSION: u8 = 1;
/// version(1) key-id(1) session-id(16) generation(4, big-endian)
const BODY: usize = 22;
const MAC: usize = 32;
/// Characters of base64url for 54 bytes.
const ENCODED: usize = 72;

/// What a genuine refresh token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presented {
    pub session: Uuid,
    pub generation: u32,
}

/// The token of this generation; always the same for the same key.
pub fn derive(key: &RefreshKey, session: Uuid, generation: u32) -> Secret {
    let mut bytes = [0; BODY + MAC];
    bytes[0] = VERSION;
    bytes[1] = key.id;
    bytes[2..18].copy_from_slice(session.as_bytes());
    bytes[18..22].copy_from_slice(&generation.to_be_bytes());
    let mac = mac(key, &bytes[..BODY]).finalize().into_bytes();
    bytes[BODY..].copy_from_slice(&mac);
    Secret(URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads a token. Asks nothing of the database. The MAC is compared in constant time. Errors: malformed or forged, or made
/// with a key that `key` does not know.
pub fn parse<'k>(token: &str, key: impl FnOnce(u8) -> Option<&'k RefreshKey>) -> Result<Presented, Untrusted> {
    let bytes = decode(token).ok_or(Untrusted::Invalid)?;
    let key = key(bytes[1]).ok_or(Untrusted::UnknownKey)?;
    mac(key, &bytes[..BODY]).verify_slice(&bytes[BODY..]).map_err(|_| Untrusted::Invalid)?;
    let session = Uuid::from_slice(&bytes[2..18]).map_err(|_| Untrusted::Invalid)?;
    let generation = u32::from_be_bytes([bytes[18], bytes[19], bytes[20], bytes[21]]);
    Ok(Presented { session, generation })
}

fn decode(token: &str) -> Option<[u8; BODY + MAC]> {
    if token.len() != ENCODED {
        return None;
    }
    let mut bytes = [0; BODY + MAC];
    let length = URL_SAFE_NO_PAD.decode_slice(token, &mut bytes).ok()?;
    (length == bytes.len() && bytes[0] == VERSION).then_some(bytes)
}

fn mac(key: &RefreshKey, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.secret.as_ref()).expect("HMAC takes a key of any length");
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::server::keys::Period;

    fn key_of(byte: u8) -> RefreshKey {
        let period = Period { active_from: 0, retired_at: None };
        RefreshKey { id: 1, secret: Zeroizing::new([byte; 32]), period }
    }

    fn key() -> RefreshKey {
        key_of(7)
    }

    fn parse_with(key: &RefreshKey, token: &str) -> Option<Presented> {
        parse(token, |id| (id == key.id).then_some(key)).ok()
    }

    #[test]
    fn a_token_comes_back_as_what_it_was_made_of_and_is_always_the_same() {
        let (key, session) = (key(), Uuid::now_v7());

        let token = derive(&key, session, 41);

        assert_eq!(parse_with(&key, &token.0), Some(Presented { session, generation: 41 }));
        assert_eq!(derive(&key, session, 41).0, token.0);
    }

    #[test]
    fn any_altered_bit_is_refused() {
        let (key, session) = (key(), Uuid::now_v7());
        let bytes = URL_SAFE_NO_PAD.decode(&derive(&key, session, 1).0).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse_with(&key, &URL_SAFE_NO_PAD.encode(altered)), None, "bit {bit}");
        }
    }

    #[test]
    fn rubbish_and_other_keys_are_refused() {
        let (key, session) = (key(), Uuid::now_v7());
        let other = key_of(8);
        assert_eq!(parse_with(&key, &derive(&other, session, 1).0), None);
        for rubbish in ["", "x", &"A".repeat(72), &"A".repeat(71), &"ä".repeat(36), &"A".repeat(1_000_000)] {
            assert_eq!(parse_with(&key, rubbish), None);
        }
    }
}
