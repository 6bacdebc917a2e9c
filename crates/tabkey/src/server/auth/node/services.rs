//! The services that may listen to what ends or changes, and the news for them. Runs in: the server.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use tokio::sync::{
    Semaphore,
    broadcast::{self, Sender},
};
use tokio_util::sync::CancellationToken;

use crate::server::{auth::caller::Secret, config::Service};
use tabkey_core::{Error, FieldError};
use tabkey_verifier::trust::Notice;

/// Notices that a listener may be behind, about 150 bytes each and held once for all; past that its stream is cut, and it
/// catches up from the table.
pub const BEHIND: usize = 4_096;
/// Streams of one service on a node: each of its processes needs one, and a token that went astray must not use up a node.
pub const PER_SERVICE: usize = 1_024;
/// By which scanners of repositories know a token that went astray.
const PREFIX: &str = "tks_";

/// The services that may listen, and the streams that are open here.
pub struct Services {
    known: Vec<Known>,
    pub news: Sender<Notice>,
    pub stopping: CancellationToken,
}

/// A service, and how many more streams it may open here.
pub struct Known {
    service: Service,
    pub room: Arc<Semaphore>,
}

impl Known {
    pub fn name(&self) -> &str {
        &self.service.name
    }
}

impl Services {
    pub fn new(known: Vec<Service>) -> Self {
        let behind = if known.is_empty() { 1 } else { BEHIND };
        let known = known.into_iter().map(|service| Known { service, room: Arc::new(Semaphore::new(PER_SERVICE)) });
        Self { known: known.collect(), news: broadcast::channel(behind).0, stopping: CancellationToken::new() }
    }

    /// The service that holds this token. Errors: 401 `token_invalid`.
    pub fn admit(&self, token: &Secret) -> Result<&Known, Error> {
        let hash: [u8; 32] = Sha256::digest(&token.0).into();
        // All are compared, each to its end, so that the time taken tells nothing.
        let found = self
            .known
            .iter()
            .fold(None, |found, known| if is_equal(&known.service.token_hash, &hash) { Some(known) } else { found });
        found.ok_or(Error::TokenInvalid)
    }

    /// How many streams are open.
    pub fn count(&self) -> usize {
        self.known.iter().map(|known| PER_SERVICE - known.room.available_permits()).sum()
    }

    pub fn tell(&self, notice: Notice) {
        // Nobody listens: fine.
        let _ = self.news.send(notice);
    }

    /// Ends every stream, so that the node can stop; services listen elsewhere.
    pub fn close(&self) {
        self.stopping.cancel();
    }
}

/// In a time that does not depend on where they differ.
fn is_equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    std::hint::black_box(a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b))) == 0
}

/// A new token of 256 bits, and the entry of `server.services` that admits its holder. Errors: 422 for a name that is not
/// made of lower-case letters, digits, `_` and `-`, at most 64.
pub fn create(name: &str) -> Result<(Secret, String), Error> {
    if !is_name(name) {
        return Err(Error::field("name", FieldError::Malformed));
    }
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|_| Error::busy())?;
    let token = Secret(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)));
    let hash: String = Sha256::digest(&token.0).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((token, format!("{name}:{hash}")))
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services(entries: &[&str]) -> Services {
        let parse = |entry: &&str| Service::parse(entry).unwrap();
        Services::new(entries.iter().map(parse).collect())
    }

    #[test]
    fn only_the_token_itself_admits() {
        let (token, entry) = create("pension").unwrap();
        let (other, _) = create("pension").unwrap();
        let services = services(&[&entry]);

        let admit = |token: &Secret| services.admit(token).map(Known::name);
        assert_eq!(admit(&token), Ok("pension"));
        assert_eq!(admit(&other), Err(Error::TokenInvalid));
        let (_, hash) = entry.split_once(':').unwrap();
        assert_eq!(admit(&Secret(hash.into())), Err(Error::TokenInvalid));
        assert_eq!(admit(&Secret(String::new())), Err(Error::TokenInvalid));
    }

    #[test]
    fn a_name_is_plain() {
        for bad in ["", "two words", "a:b", "a,b", "Pension", &"a".repeat(65)] {
            assert!(create(bad).is_err(), "{bad}");
        }
    }
}
