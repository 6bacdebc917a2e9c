//! Where a request comes from, proxies seen through. Runs in: the server.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::server::auth::UNKNOWN_ADDRESS;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The nearest address that is no trusted proxy: `X-Forwarded-For` is read from the right, and only as far as those who
/// wrote it are trusted (R43). [`UNKNOWN_ADDRESS`] where a trusted proxy wrote something that is none. RFC 7239's
/// `Forwarded` is not read: hardly any proxy writes it unasked, and one that writes `X-Forwarded-For` passes a client's
/// `Forwarded` on as it came.
pub fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut nearest = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().map(|line| line.as_bytes()).collect::<Vec<_>>();
    for hop in lines.into_iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
        if !is_trusted(nearest, trusted) {
            break;
        }
        // An element of a list may be empty (RFC 9110 §5.6.1).
        if hop.trim_ascii().is_empty() {
            continue;
        }
        let Some(address) = parse(hop) else { return UNKNOWN_ADDRESS };
        nearest = address;
    }
    nearest
}

/// Whether what this peer says of others counts.
pub fn is_trusted(peer: IpAddr, trusted: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    trusted.iter().any(|network| network.contains(&peer))
}

/// Every spelling that proxies write: an address, with a port or without, an IPv6 one in brackets or bare, in quotation marks
/// or not. `None` for `unknown`, an obfuscated name, or anything else.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop.trim_ascii()).ok()?;
    let hop = hop.strip_prefix('"').and_then(|hop| hop.strip_suffix('"')).unwrap_or(hop).trim();
    let bare = || hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    // `fe80::1%eth0`: the zone says nothing here.
    let with_zone = || hop.split_once('%')?.0.trim_start_matches('[').parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let address = bare().or_else(with_port).or_else(in_brackets).or_else(with_zone)?;
    Some(address.to_canonical()).filter(|address| !address.is_unspecified())
}

/// Says once that a proxy seems to be at work which is not named: all its clients would share one limit.
pub fn warn_of_unnamed_proxy(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.load(Ordering::Relaxed) && is_unnamed_proxy(peer, headers, trusted) && !SAID.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(
            peer = %peer.to_canonical(),
            "X-Forwarded-For comes from a peer that server.trusted_proxies does not name, so that it is not believed: if this is your proxy, name it, or all its clients share one limit"
        );
    }
}

/// Only from near: anybody on the internet may write the header, and fill the log.
fn is_unnamed_proxy(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    let is_near = match peer {
        IpAddr::V4(peer) => {
            // 100.64.0.0/10 is what carriers and clouds use inside (RFC 6598).
            let is_shared = peer.octets()[0] == 100 && (64..128).contains(&peer.octets()[1]);
            peer.is_loopback() || peer.is_private() || peer.is_link_local() || is_shared
        }
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local() || peer.is_unicast_link_local(),
    };
    is_near && headers.contains_key(FORWARDED_FOR) && !is_trusted(peer, trusted)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV6};

    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn networks(trusted: &[&str]) -> Vec<IpNet> {
        trusted.iter().map(|network| network.parse().unwrap()).collect()
    }

    fn found(peer: &str, lines: &[&[u8]], trusted: &[&str]) -> String {
        find(peer.parse().unwrap(), &headers(lines), &networks(trusted)).to_string()
    }

    #[test]
    fn r43_a_header_counts_only_from_a_trusted_proxy() {
        let near: &[&str] = &["10.0.0.0/8"];
        assert_eq!(found("203.0.113.9", &[b"198.51.100.1"], &[]), "203.0.113.9");
        assert_eq!(found("10.0.0.1", &[], near), "10.0.0.1");
        assert_eq!(found("10.0.0.1", &[b"198.51.100.1"], near), "198.51.100.1");
        assert_eq!(found("10.0.0.1", &[b"1.1.1.1, 198.51.100.1, 10.0.0.2"], near), "198.51.100.1");
        assert_eq!(found("10.0.0.1", &[b"1.1.1.1", b"198.51.100.1", b"10.0.0.2"], near), "198.51.100.1");
        assert_eq!(found("10.0.0.1", &[b"198.51.100.1, ,", b""], near), "198.51.100.1");
        assert_eq!(found("::ffff:10.0.0.1", &[b"198.51.100.1"], near), "198.51.100.1");
    }

    #[test]
    fn every_spelling_that_proxies_write_is_read() {
        let rows = [
            ("198.51.100.7", "198.51.100.7"),
            ("198.51.100.7:4711", "198.51.100.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:DB8:0:0::7]:443", "2001:db8::7"),
            ("\"[2001:db8::7]:4711\"", "2001:db8::7"),
            ("\"198.51.100.7\"", "198.51.100.7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("[::ffff:198.51.100.7]:80", "198.51.100.7"),
            ("fe80::1%eth0", "fe80::1"),
            ("\t 198.51.100.7 \t", "198.51.100.7"),
        ];
        for (written, address) in rows {
            assert_eq!(found("10.0.0.1", &[written.as_bytes()], &["10.0.0.1/32"]), address, "{written}");
        }
    }

    #[test]
    fn what_a_trusted_proxy_cannot_say_is_unknown_and_not_the_proxy() {
        for written in
            ["unknown", "_hidden", "rubbish", "198.51.100.7:port", "1.2.3", "[2001:db8::7", "0.0.0.0", "::", "\"\""]
        {
            let address = found("10.0.0.1", &[b"203.0.113.5", written.as_bytes()], &["10.0.0.1/32"]);
            assert_eq!(address, UNKNOWN_ADDRESS.to_string(), "{written}");
        }
    }

    #[test]
    fn a_byte_that_is_no_text_spoils_its_own_hop_only() {
        let near: &[&str] = &["10.0.0.0/8"];
        assert_eq!(found("10.0.0.1", &[b"M\xfcnchen, 198.51.100.7"], near), "198.51.100.7");
        assert_eq!(found("10.0.0.1", &[b"203.0.113.5, M\xfcnchen"], near), UNKNOWN_ADDRESS.to_string());
        assert_eq!(found("10.0.0.1", &[b"\xff\xfe", b"198.51.100.7"], near), "198.51.100.7");
    }

    #[test]
    fn only_a_near_peer_that_is_not_named_is_warned_of() {
        let (with, without, none) = (headers(&[b"198.51.100.7"]), headers(&[]), networks(&[]));
        let is = |peer: &str, headers: &HeaderMap, trusted: &[IpNet]| {
            is_unnamed_proxy(peer.parse().unwrap(), headers, trusted)
        };
        for peer in
            ["127.0.0.1", "10.0.0.1", "172.17.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"]
        {
            assert!(is(peer, &with, &none), "{peer}");
            assert!(!is(peer, &without, &none), "{peer}");
            assert!(!is(peer, &with, &networks(&["0.0.0.0/0", "::/0"])), "{peer}");
        }
        for peer in ["203.0.113.9", "2001:db8::1", "100.128.0.1"] {
            assert!(!is(peer, &with, &none), "{peer}");
        }
    }

    proptest! {
        // Whatever a client writes on the left, what the trusted proxy wrote on the right counts.
        #[test]
        fn r43_nothing_that_a_client_writes_changes_what_the_proxy_says(
            written in prop::collection::vec(any::<u8>().prop_filter("legal", |byte| HeaderValue::from_bytes(&[*byte]).is_ok()), 0..80),
            client in any::<[u8; 4]>(), port in any::<Option<u16>>(), on_a_line_of_its_own in any::<bool>(),
        ) {
            let client = Ipv4Addr::from(client);
            prop_assume!(client != Ipv4Addr::new(10, 0, 0, 1) && !client.is_unspecified());
            let proxy = port.map_or_else(|| client.to_string(), |port| format!("{client}:{port}"));
            let together = [&written[..], b", ", proxy.as_bytes()].concat();
            let lines: Vec<&[u8]> = if on_a_line_of_its_own { vec![&written, proxy.as_bytes()] } else { vec![&together] };
            prop_assert_eq!(found("10.0.0.1", &lines, &["10.0.0.1/32"]), client.to_string());
        }

        #[test]
        fn any_address_is_read_with_any_port(address in any::<[u16; 8]>(), port in any::<u16>()) {
            let address = Ipv6Addr::from(address);
            prop_assume!(!address.is_unspecified());
            for written in [format!("{address}"), format!("[{address}]"), SocketAddrV6::new(address, port, 0, 0).to_string()] {
                prop_assert_eq!(parse(written.as_bytes()).filter(|found| !found.is_unspecified()), Some(IpAddr::V6(address).to_canonical()).filter(|found| !found.is_unspecified()));
            }
        }
    }
}
