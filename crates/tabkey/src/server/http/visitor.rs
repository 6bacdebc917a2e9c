//! What a request says of whoever makes it. Runs in: the server.

use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, header, request::Parts},
};

use super::{client_address, cookies::Cookies};
use tabkey_verifier::trust;

use crate::server::{
    auth::{By, Secret, UNKNOWN_ADDRESS, Visitor},
    config::Config,
};
use tabkey_core::{BACKGROUND_HEADER, Error};

/// Characters kept of a header that describes a client.
const MAX_CHARS: usize = 512;

pub fn visitor(parts: &Parts, config: &Config) -> Visitor {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(UNKNOWN_ADDRESS, |info| info.0.ip());
    let headers = &parts.headers;
    client_address::warn_of_unnamed_proxy(peer, headers, &config.server.trusted_proxies);
    Visitor {
        address: client_address::find(peer, headers, &config.server.trusted_proxies),
        by: if headers.contains_key(BACKGROUND_HEADER) || is_ahead(headers) { By::Background } else { By::Person },
        user_agent: text(headers, header::USER_AGENT.as_str()).unwrap_or_default(),
        brands: text(headers, "sec-ch-ua"),
        platform: text(headers, "sec-ch-ua-platform"),
        mobile: text(headers, "sec-ch-ua-mobile"),
        refresh_token: Cookies::of(config).and_then(|cookies| cookies.refresh_token(headers)),
        bearer: bearer(headers).ok(),
    }
}

/// The bearer token. Errors: 401 `token_missing`, `token_invalid`.
pub fn bearer(headers: &HeaderMap) -> Result<Secret, Error> {
    trust::bearer(headers).map(|token| Secret(token.to_owned()))
}

/// Whether a browser fetches what nobody has asked to see yet (Prefetch and Prerender of the WICG, and what was before them).
fn is_ahead(headers: &HeaderMap) -> bool {
    let purposes = ["sec-purpose", "purpose", "x-purpose", "x-moz"].into_iter().flat_map(|name| headers.get_all(name));
    let words: Vec<_> = purposes.map(|value| value.as_bytes().to_ascii_lowercase()).collect();
    words
        .iter()
        .flat_map(|value| value.split(|byte| matches!(byte, b';' | b',' | b' ')))
        .any(|word| matches!(word, b"prefetch" | b"prerender" | b"preview"))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    Some(value.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect())
}
