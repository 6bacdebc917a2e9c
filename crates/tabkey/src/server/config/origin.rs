//! The origin under which browsers reach the server. Runs in: the server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// `https://host[:port]` as browsers write it, with nothing after it: it stands in every token and every link, and is compared
/// with what they send. `https://App.Example.org:443/` is `https://app.example.org`. `None`: it is no origin.
pub fn origin(text: &str) -> Option<String> {
    let text = text.trim_end_matches('/');
    let (scheme, rest) = text.split_once("://")?;
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"\\@?#/".contains(c);
    if rest.is_empty() || !scheme.chars().chain(rest.chars()).all(is_plain) {
        return None;
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(url.origin().ascii_serialization())
}

/// Where a browser on this machine finds what listens on this address: on "all of them", none can be opened.
pub fn openable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Whether a URL leads to this machine, whose wires nobody else can reach: browsers take plain http there for safe.
pub fn is_this_machine(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => is_local_name(name),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    // The host of a URL whose scheme is no browser's is a name in any case.
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_would_send() {
        let rows = [
            ("https://App.Example.org:443/", "https://app.example.org"),
            ("HTTPS://app.example.org", "https://app.example.org"),
            ("http://app.example.org:80", "http://app.example.org"),
            ("http://app.example.org:8080//", "http://app.example.org:8080"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
            ("http://[2001:DB8::0:1]:3000", "http://[2001:db8::1]:3000"),
            ("http://127.0.0.1:0", "http://127.0.0.1:0"),
        ];
        for (written, origin) in rows {
            assert_eq!(super::origin(written).as_deref(), Some(origin));
        }
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused() {
        for text in [
            "",
            "app.example.org",
            "https:app.example.org",
            "https://",
            "https:///a",
            "ftp://a.example",
            "https://a.example/path",
            "https://a.example?x",
            "https://a.example#x",
            "https://user@a.example",
            "https://a b.example",
            "https://a.example\\b",
            "https://a.example:99999",
            "https://a.example:x",
            " https://a.example",
            "https://a.exa\tmple",
            "javascript://a.example",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
    }

    #[test]
    fn all_addresses_are_opened_at_this_machine() {
        let opened = |address: &str| openable(address.parse().unwrap()).to_string();
        assert_eq!(opened("0.0.0.0:3000"), "127.0.0.1:3000");
        assert_eq!(opened("[::]:3000"), "[::1]:3000");
        assert_eq!(opened("192.0.2.1:80"), "192.0.2.1:80");
    }

    #[test]
    fn this_machine_has_many_names() {
        for url in [
            "http://localhost:3000",
            "http://app.localhost",
            "http://127.1.2.3",
            "http://[::1]:1",
            "smtp://127.0.0.1:25",
        ] {
            assert!(is_this_machine(url), "{url}");
        }
        for url in
            ["http://app.example.org", "http://localhost.example.org", "http://0.0.0.0:1", "smtp://10.0.0.1", "no url"]
        {
            assert!(!is_this_machine(url), "{url}");
        }
    }
}
