//! What a rotation writes: pure, but for the bytes of the new keys. Runs in: the server.

use super::{random, seal};
use crate::server::store::{KeyRotation, KeyRow, NewKey};

/// A refresh key's id is one byte of the token; those of signing keys lie past it.
const LAST_REFRESH_ID: i64 = 255;

/// From when on a new signing key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotate {
    /// Once everybody who keeps the published keys holds it.
    Ahead,
    /// At once.
    Now,
    /// At once, and those before it are removed: their tokens are worth nothing any more.
    Compromised,
}

/// A refresh key is always made ahead, for a node that did not know it yet would sign people out; and not where the
/// signing keys alone are replaced.
pub fn plan(rows: &[KeyRow], secret: &[u8; 32], rotate: Rotate, publish_ahead: i64, now: i64) -> KeyRotation {
    let new = |id, kind, active_from| NewKey {
        id,
        kind,
        sealed: seal::seal(secret, kind, id, &random()),
        created_at: now,
        active_from,
    };
    let ahead = now.saturating_add(publish_ahead);
    let signs_from = if rotate == Rotate::Ahead { ahead } else { now };
    let last = rows.iter().map(|row| row.id).max().unwrap_or_default();
    let free = (1..=LAST_REFRESH_ID).find(|id| rows.iter().all(|row| row.id != *id));
    if free.is_none() {
        tracing::warn!("all 255 places for refresh keys are taken: the refresh key is not rotated");
    }
    KeyRotation {
        signing: new(last.max(LAST_REFRESH_ID) + 1, "signing", signs_from),
        refresh: free.filter(|_| rotate != Rotate::Compromised).map(|id| new(id, "refresh", ahead)),
        removes_others: rotate == Rotate::Compromised,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, kind: &str) -> KeyRow {
        KeyRow { id, kind: kind.into(), sealed: Vec::new(), active_from: 0, retired_at: None }
    }

    #[test]
    fn signing_keys_count_upwards_and_refresh_keys_take_the_lowest_free_byte() {
        let first = plan(&[row(1, "refresh"), row(2, "signing")], &[1; 32], Rotate::Ahead, 10, 100);
        assert_eq!((first.signing.id, first.signing.active_from), (256, 110));
        assert_eq!(first.refresh.map(|key| (key.id, key.active_from)), Some((3, 110)));

        let later =
            plan(&[row(3, "refresh"), row(256, "signing"), row(300, "signing")], &[1; 32], Rotate::Now, 10, 100);
        assert_eq!((later.signing.id, later.signing.active_from), (301, 100));
        assert_eq!(later.refresh.map(|key| (key.id, key.active_from)), Some((1, 110)));
    }

    #[test]
    fn without_a_free_byte_the_refresh_key_stays() {
        let mut rows: Vec<_> = (1..=255).map(|id| row(id, "refresh")).collect();
        rows.push(row(256, "signing"));

        let rotation = plan(&rows, &[1; 32], Rotate::Ahead, 10, 100);

        assert_eq!((rotation.signing.id, rotation.refresh.is_none()), (257, true));
    }

    #[test]
    fn a_compromised_signing_key_takes_no_refresh_key_with_it() {
        let rotation = plan(&[row(1, "refresh"), row(2, "signing")], &[1; 32], Rotate::Compromised, 10, 100);

        assert!(rotation.removes_others && rotation.refresh.is_none());
        assert_eq!(rotation.signing.active_from, 100);
    }
}
