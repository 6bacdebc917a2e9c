//! How many connections each peer holds. Runs in: the server.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use ipnet::IpNet;

use crate::server::{http::client_address::is_trusted, telemetry};

/// Enough for a school behind one address, and a tenth of what a node holds by default.
pub const DEFAULT: usize = 1_000;

pub struct Peers {
    cap: usize,
    /// Who connects from this machine is a proxy, or the operator; a cap that was asked for is for them, too.
    spares_loopback: bool,
    trusted: Vec<IpNet>,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection of a peer; dropped, it is one less.
pub struct Place(Option<(Arc<Peers>, IpAddr)>);

impl Peers {
    pub fn new(cap: Option<usize>, trusted: Vec<IpNet>) -> Self {
        Self { cap: cap.unwrap_or(DEFAULT), spares_loopback: cap.is_none(), trusted, open: Mutex::default() }
    }

    /// `None`: the peer holds all that it may.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        let is_spared = self.spares_loopback && peer.is_loopback();
        if is_spared || is_trusted(peer, &self.trusted) {
            return Some(Place(None));
        }
        let key = key(peer);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(key).or_default();
        if *count >= self.cap {
            if telemetry::admits("too_many_connections") {
                tracing::warn!(
                    %peer,
                    "a peer holds {} connections and gets no more: see server.max_connections_per_peer, or, if it is a proxy, server.trusted_proxies",
                    self.cap
                );
            }
            return None;
        }
        *count += 1;
        Some(Place(Some((self.clone(), key))))
    }
}

/// Who has an IPv6 address has all 2^64 of its network.
fn key(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(peer) => Ipv6Addr::from(u128::from(peer) >> 64 << 64).into(),
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((peers, key)) = &self.0 else { return };
        let mut open = peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                open.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(peers: &Arc<Peers>, address: &str, tries: usize) -> Vec<Place> {
        (0..tries).filter_map(|_| peers.admit(address.parse().unwrap())).collect()
    }

    #[test]
    fn r44_one_peer_gets_its_share_and_no_more_until_it_lets_go() {
        let peers = Arc::new(Peers::new(Some(3), vec!["10.0.0.0/8".parse().unwrap()]));

        let held = admitted(&peers, "203.0.113.9", 10);
        assert_eq!(held.len(), 3);
        assert_eq!(admitted(&peers, "::ffff:203.0.113.9", 1).len(), 0, "the same in IPv6 spelling");
        assert_eq!(admitted(&peers, "203.0.113.10", 1).len(), 1, "its neighbour");
        assert_eq!(admitted(&peers, "10.1.2.3", 10).len(), 10, "a trusted proxy speaks for many");

        drop(held);
        assert_eq!(admitted(&peers, "203.0.113.9", 1).len(), 1);
        assert!(peers.open.lock().unwrap().is_empty(), "who is gone is forgotten");
    }

    #[test]
    fn an_ipv6_network_is_one_peer() {
        let peers = Arc::new(Peers::new(Some(2), Vec::new()));
        let held: Vec<_> = (0..9).filter_map(|n| peers.admit(format!("2001:db8:1:2::{n}").parse().unwrap())).collect();
        assert_eq!(held.len(), 2);
        assert_eq!(admitted(&peers, "2001:db8:1:3::1", 9).len(), 2);
    }

    #[test]
    fn this_machine_has_no_cap_unless_one_was_asked_for() {
        let (usual, asked_for) = (Arc::new(Peers::new(None, Vec::new())), Arc::new(Peers::new(Some(2), Vec::new())));
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(admitted(&usual, address, DEFAULT + 9).len(), DEFAULT + 9);
            assert_eq!(admitted(&asked_for, address, 9).len(), 2);
        }
        assert_eq!(admitted(&usual, "203.0.113.9", DEFAULT + 9).len(), DEFAULT);
    }
}
