//! How often somebody may try: counters in memory, bounded. Runs in: the server.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use super::clock;
use crate::{
    server::config::Limits,
    shared::{Email, Error},
};

/// Milliseconds: the limits count within 15 minutes.
const WINDOW: i64 = 15 * 60_000;
/// Keys remembered at most; past that the oldest windows go first.
const MAX_KEYS: usize = 100_000;

pub struct Attempts {
    enabled: bool,
    per_account: Counter<Email>,
    per_address: Counter<Network>,
}

/// An IPv4 address, or the /64 that one IPv6 subscriber holds.
type Network = u128;

impl Attempts {
    pub fn new(limits: &Limits) -> Self {
        Self {
            enabled: limits.enabled,
            per_account: Counter::new(limits.sign_in_per_account),
            per_address: Counter::new(limits.sign_in_per_address),
        }
    }

    /// Counts a try from an address. Errors: 429.
    pub fn from_address(&self, address: IpAddr, now: i64) -> Result<(), Error> {
        if self.enabled { self.per_address.take(network(address), now) } else { Ok(()) }
    }

    /// Counts a try for an account, before its password is looked at. Errors: 429, whether or not the account exists.
    pub fn for_account(&self, email: &Email, now: i64) -> Result<(), Error> {
        if self.enabled { self.per_account.take(email.clone(), now) } else { Ok(()) }
    }

    /// A try that was none: many people behind one address prove who they are again and again.
    pub fn give_back(&self, address: IpAddr) {
        self.per_address.give_back(&network(address));
    }

    /// A right password clears the account's count.
    pub fn succeeded(&self, email: &Email) {
        self.per_account.clear(email);
    }
}

fn network(address: IpAddr) -> Network {
    match address.to_canonical() {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address) & !u128::from(u64::MAX),
    }
}

/// Tries within a window that begins with the first of them.
struct Counter<K> {
    limit: u32,
    windows: Mutex<HashMap<K, (i64, u32)>>,
}

impl<K: Hash + Eq> Counter<K> {
    fn new(limit: u32) -> Self {
        Self { limit, windows: Mutex::default() }
    }

    fn take(&self, key: K, now: i64) -> Result<(), Error> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MAX_KEYS {
            make_room(&mut windows, now);
        }
        let window = windows.entry(key).or_insert((now, 0));
        if now - window.0 >= WINDOW {
            *window = (now, 0);
        }
        if window.1 >= self.limit {
            let left = clock::seconds(window.0 + WINDOW - now + 999);
            return Err(Error::TooManyAttempts { retry_after: u32::try_from(left).unwrap_or(1).max(1) });
        }
        window.1 += 1;
        Ok(())
    }

    fn give_back(&self, key: &K) {
        if let Some((_, tries)) = self.windows.lock().unwrap_or_else(PoisonError::into_inner).get_mut(key) {
            *tries = tries.saturating_sub(1);
        }
    }

    fn clear(&self, key: &K) {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// Drops the windows that are over; if none is, the older half.
fn make_room<K: Hash + Eq>(windows: &mut HashMap<K, (i64, u32)>, now: i64) {
    windows.retain(|_, (began, _)| now - *began < WINDOW);
    if windows.len() >= MAX_KEYS {
        let mut begins: Vec<i64> = windows.values().map(|(began, _)| *began).collect();
        begins.sort_unstable();
        let middle = begins[begins.len() / 2];
        windows.retain(|_, (began, _)| *began > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_within_the_window_and_is_gone_after_it() {
        let counter = Counter::new(2);
        assert_eq!((counter.take("a", 0), counter.take("a", 1)), (Ok(()), Ok(())));
        assert_eq!(counter.take("a", 2), Err(Error::TooManyAttempts { retry_after: 900 }));
        assert_eq!(counter.take("b", 2), Ok(()));
        assert_eq!(counter.take("a", WINDOW), Ok(()));
    }

    #[test]
    fn a_flood_of_keys_takes_bounded_memory() {
        let counter = Counter::new(2);
        for key in 0..MAX_KEYS * 3 {
            let _ = counter.take(key, key as i64 / 1_000);
        }
        assert!(counter.windows.lock().unwrap().len() <= MAX_KEYS);
    }

    #[test]
    fn one_subscriber_is_one_address() {
        let a: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let b: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        let c: IpAddr = "2001:db8:1:3::1".parse().unwrap();
        assert_eq!(network(a), network(b));
        assert_ne!(network(a), network(c));
    }
}
