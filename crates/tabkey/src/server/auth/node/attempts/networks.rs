//! Where tries come from: an IPv4 address, or what one subscriber holds of IPv6. Runs in: the server.

use std::net::IpAddr;

use crate::server::{
    auth::caller::UNKNOWN_ADDRESS,
    store::{Key, Windowed},
};

/// How many times more may come from a /48 than from each /64 in it: one customer may hold 65,536 of them.
const WIDE: i64 = 4;
/// How many times more may come from all clients together whose address a proxy could not tell.
const UNKNOWN: i64 = 20;

/// The narrower one first.
pub fn networks(address: IpAddr, limit: u32) -> Vec<Windowed> {
    let limit = i64::from(limit);
    match address.to_canonical() {
        UNKNOWN_ADDRESS => vec![Windowed { key: Key::new("unknown", &[]), limit: limit * UNKNOWN }],
        IpAddr::V4(address) => vec![Windowed { key: Key::new("ipv4", &address.octets()), limit }],
        IpAddr::V6(address) => {
            let octets = address.octets();
            vec![
                Windowed { key: Key::new("ipv6/64", &octets[..8]), limit },
                Windowed { key: Key::new("ipv6/48", &octets[..6]), limit: limit * WIDE },
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Vec<(Key, i64)> {
        networks(address.parse().unwrap(), 60).into_iter().map(|network| (network.key, network.limit)).collect()
    }

    #[test]
    fn one_subscriber_is_one_network_within_a_wider_one() {
        let (a, b) = (of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        let (c, d) = (of("2001:db8:1:3::1"), of("2001:db8:2:3::1"));
        assert_eq!(a, b);
        assert!(a[0] != c[0] && a[1] == c[1], "another /64 of the same /48");
        assert!(c[0] != d[0] && c[1] != d[1]);
        assert_eq!((a[0].1, a[1].1), (60, 240));
    }

    #[test]
    fn an_ipv4_address_is_the_same_however_it_is_written() {
        assert_eq!(of("192.0.2.7"), of("::ffff:192.0.2.7"));
        assert_eq!(of("192.0.2.7").len(), 1);
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }
}
