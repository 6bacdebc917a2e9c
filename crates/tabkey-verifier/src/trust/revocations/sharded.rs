//! Entries by their id, for many readers at once. Runs in: the server, and in services that verify its tokens.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{PoisonError, RwLock},
};

use uuid::Uuid;

const SHARDS: usize = 64;

/// A map in parts, each with a lock of its own: no writer keeps more than a sliver of the readers waiting.
pub struct Sharded<V>(Box<[RwLock<HashMap<Uuid, V>>]>);

/// What came of noting something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upsert {
    Inserted,
    Changed,
    /// It was so before.
    Nothing,
}

impl<V> Sharded<V> {
    pub fn new() -> Self {
        Self((0..SHARDS).map(|_| RwLock::default()).collect())
    }

    pub fn read<T>(&self, key: Uuid, look: impl FnOnce(&V) -> T) -> Option<T> {
        self.shard(key).read().unwrap_or_else(PoisonError::into_inner).get(&key).map(look)
    }

    /// `change` answers whether it changed what is there; what was not there is made first.
    pub fn upsert(&self, key: Uuid, make: impl FnOnce() -> V, change: impl FnOnce(&mut V) -> bool) -> Upsert {
        match self.shard(key).write().unwrap_or_else(PoisonError::into_inner).entry(key) {
            Entry::Occupied(mut known) => match change(known.get_mut()) {
                true => Upsert::Changed,
                false => Upsert::Nothing,
            },
            Entry::Vacant(place) => {
                change(place.insert(make()));
                Upsert::Inserted
            }
        }
    }

    /// Answers how many it dropped.
    pub fn retain(&self, is_alive: impl Fn(&V) -> bool) -> usize {
        let mut dropped = 0;
        for shard in &self.0 {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            let before = shard.len();
            shard.retain(|_, value| is_alive(value));
            dropped += before - shard.len();
            // What a burst took is given back.
            if shard.capacity() > 4 * shard.len() + 64 {
                shard.shrink_to_fit();
            }
        }
        dropped
    }

    /// The last bytes of a UUIDv7 are random.
    fn shard(&self, key: Uuid) -> &RwLock<HashMap<Uuid, V>> {
        &self.0[usize::from(key.as_bytes()[15]) % SHARDS]
    }
}
