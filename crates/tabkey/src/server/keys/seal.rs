//! Sealing a key for the database: XChaCha20-Poly1305, with what the key is for bound to it. Runs in: the server.

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use zeroize::Zeroizing;

const NONCE: usize = 24;

/// nonce(24) ciphertext(32) tag(16).
pub fn seal(secret: &[u8; 32], kind: &str, id: i64, key: &[u8; 32]) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).expect("the operating system has randomness");
    let aad = bound_to(kind, id);
    let payload = Payload { msg: key, aad: aad.as_bytes() };
    let sealed = cipher(secret).encrypt(&XNonce::from(nonce), payload).expect("32 bytes are not too long to encrypt");
    [nonce.as_slice(), &sealed].concat()
}

/// `None` under another secret, for another key's place, or for altered bytes.
pub fn open(secret: &[u8; 32], kind: &str, id: i64, sealed: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let aad = bound_to(kind, id);
    let payload = Payload { msg: sealed, aad: aad.as_bytes() };
    let opened = Zeroizing::new(cipher(secret).decrypt(&XNonce::from(nonce), payload).ok()?);
    Some(Zeroizing::new(opened.as_slice().try_into().ok()?))
}

fn cipher(secret: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*secret))
}

fn bound_to(kind: &str, id: i64) -> String {
    format!("tabkey {kind} key {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_and_the_place_it_was_sealed_for_open_a_key() {
        let sealed = seal(&[1; 32], "signing", 2, &[9; 32]);

        assert_eq!(open(&[1; 32], "signing", 2, &sealed).as_deref(), Some(&[9; 32]));
        assert_eq!(open(&[2; 32], "signing", 2, &sealed), None);
        assert_eq!(open(&[1; 32], "refresh", 2, &sealed), None);
        assert_eq!(open(&[1; 32], "signing", 3, &sealed), None);
        assert_eq!(open(&[1; 32], "signing", 2, &sealed[..30]), None);
        assert_eq!(open(&[1; 32], "signing", 2, &[]), None);
    }
}
