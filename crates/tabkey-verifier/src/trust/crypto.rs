//! The one algorithm of our tokens, EdDSA over Ed25519, for the crate that reads and writes them. Its own providers bring RSA
//! (RUSTSEC-2023-0071), ECDSA and HMAC for nothing. Runs in: the server, and in services that verify its tokens.

use std::sync::Once;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey, pkcs8::DecodePrivateKey};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
    signature::{Error, Signer, Verifier},
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // For JWKs of private keys, which nothing here makes.
    key_utils: KeyUtils::new_unimplemented(),
};

/// To be called before a token is signed or checked; free from the second time on. A program that verifies other
/// algorithms beside our tokens installs its own provider before it starts us: that one stands, and must know EdDSA.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    only_ed25519(*algorithm, key.family())?;
    let key = SigningKey::from_pkcs8_der(key.as_bytes()).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Signs(key)))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    only_ed25519(*algorithm, key.family())?;
    let key = key.try_get_as_bytes()?.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    let key = VerifyingKey::from_bytes(key).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Verifies(key)))
}

fn only_ed25519(algorithm: Algorithm, family: AlgorithmFamily) -> Result<()> {
    let is_ours = algorithm == Algorithm::EdDSA && family == AlgorithmFamily::Ed;
    if is_ours { Ok(()) } else { Err(ErrorKind::InvalidAlgorithm.into()) }
}

struct Signs(SigningKey);

impl Signer<Vec<u8>> for Signs {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.0.sign(message).to_vec())
    }
}

impl JwtSigner for Signs {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Verifies(VerifyingKey);

impl Verifier<Vec<u8>> for Verifies {
    /// Strict: no weak key, and one signature a message (RFC 8032 §8.4).
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let signature = Signature::from_slice(signature).map_err(|_| Error::new())?;
        self.0.verify_strict(message, &signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for Verifies {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::pkcs8::EncodePrivateKey;
    use jsonwebtoken::crypto::{sign, verify};

    use super::*;

    /// RFC 8037, appendix A.
    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const MESSAGE: &[u8] = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    const SIGNATURE: &str = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    fn signs() -> EncodingKey {
        install();
        let seed: Vec<u8> =
            (0..32).map(|at| u8::from_str_radix(&SEED[2 * at..2 * at + 2], 16).expect("a byte")).collect();
        let key = SigningKey::from_bytes(&seed.try_into().expect("32 bytes"));
        EncodingKey::from_ed_der(key.to_pkcs8_der().expect("a key").as_bytes())
    }

    #[test]
    fn the_example_of_the_standard_is_signed_and_verified() {
        let verifies = DecodingKey::from_ed_components(PUBLIC).expect("a key");

        assert_eq!(sign(MESSAGE, &signs(), Algorithm::EdDSA).expect("a signature"), SIGNATURE);
        assert!(verify(SIGNATURE, MESSAGE, &verifies, Algorithm::EdDSA).expect("a verdict"));
        assert!(!verify(SIGNATURE, b"another", &verifies, Algorithm::EdDSA).expect("a verdict"));
        assert!(!verify(&SIGNATURE[4..], MESSAGE, &verifies, Algorithm::EdDSA).expect("a verdict"));
    }

    #[test]
    fn r1_no_other_algorithm_signs_or_verifies() {
        use Algorithm::{ES256, ES384, HS256, HS384, HS512, PS256, PS384, PS512, RS256, RS384, RS512};

        let (ed, hmac) = (signs(), EncodingKey::from_secret(b"secret"));
        let verifies = DecodingKey::from_ed_components(PUBLIC).expect("a key");
        for algorithm in [HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384] {
            assert!(sign(MESSAGE, &ed, algorithm).is_err(), "{algorithm:?}");
            assert!(verify(SIGNATURE, MESSAGE, &verifies, algorithm).is_err(), "{algorithm:?}");
        }
        assert!(sign(MESSAGE, &hmac, Algorithm::EdDSA).is_err());
        let secret = DecodingKey::from_secret(&[7; 32]);
        assert!(verify(SIGNATURE, MESSAGE, &secret, Algorithm::EdDSA).is_err());
    }

    #[test]
    fn a_key_of_another_length_or_off_the_curve_is_an_error_and_no_panic() {
        install();
        for bytes in [vec![], vec![1; 31], vec![1; 33], [vec![2], vec![0; 31]].concat()] {
            let key = DecodingKey::from_ed_der(&bytes);
            assert!(verify(SIGNATURE, MESSAGE, &key, Algorithm::EdDSA).is_err(), "{bytes:?}");
        }
        assert!(sign(MESSAGE, &EncodingKey::from_ed_der(&[1; 32]), Algorithm::EdDSA).is_err());
    }

    #[test]
    fn a_weak_key_under_which_anything_verifies_verifies_nothing() {
        install();
        // The neutral point as key and as R, with S = 0: the equation holds for every message.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let signature = format!("AQ{}", "A".repeat(84));
        let key = DecodingKey::from_ed_der(&neutral);

        assert!(!verify(&signature, MESSAGE, &key, Algorithm::EdDSA).expect("a verdict"));
    }
}
