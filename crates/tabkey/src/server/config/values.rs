//! What a value of the configuration may be: each that is not ends the start with a sentence that names its key. Runs in: the
//! server.

use std::{fmt::Display, net::IpAddr, ops::RangeInclusive, time::Duration};

use ipnet::IpNet;

use super::secret::parse_secret;
use super::{SecretKey, Service, origin::origin};
use crate::server::StartError;

pub(super) fn wrong(key: &str, value: &str, wanted: &str) -> StartError {
    StartError(format!("{key} = {value:?} cannot be used: write {wanted}"))
}

pub(super) fn duration(
    key: &str,
    text: Option<String>,
    default: &str,
    range: RangeInclusive<Duration>,
) -> Result<Duration, StartError> {
    let text = text.unwrap_or_else(|| default.to_owned());
    let parsed = humantime::parse_duration(&text).ok().filter(|duration| range.contains(duration));
    parsed.ok_or_else(|| {
        let (low, high) = (humantime::format_duration(*range.start()), humantime::format_duration(*range.end()));
        wrong(key, &text, &format!("a duration between {low} and {high}, such as {default}"))
    })
}

pub(super) fn number<N: PartialOrd + Display>(
    key: &str,
    value: Option<N>,
    default: N,
    range: RangeInclusive<N>,
) -> Result<N, StartError> {
    let value = value.unwrap_or(default);
    if range.contains(&value) {
        return Ok(value);
    }
    Err(wrong(key, &value.to_string(), &format!("a number between {} and {}", range.start(), range.end())))
}

pub(super) fn public_url(text: String) -> Result<String, StartError> {
    origin(&text).ok_or_else(|| wrong("server.public_url", &text, "an origin, such as https://app.example.org"))
}

/// An address or a network.
pub(super) fn network(text: &str) -> Result<IpNet, StartError> {
    let text = text.trim();
    let address = || text.parse().ok().map(|address: IpAddr| IpNet::from(address));
    text.parse()
        .ok()
        .or_else(address)
        .ok_or_else(|| wrong("server.trusted_proxies", text, "addresses or networks, such as 10.0.0.0/8"))
}

/// Of a bad entry only the name is shown: the rest may be a token that was pasted for its hash, and so may an entry without a
/// name.
pub(super) fn service(entry: &str) -> Result<Service, StartError> {
    Service::parse(entry).ok_or_else(|| {
        let name = entry.split_once(':').map_or("***", |(name, _)| name);
        wrong("server.services", name, "a name and a hash, as `tabkey service new NAME` prints them")
    })
}

impl Service {
    /// `NAME:HASH`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, hash) = text.trim().split_once(':').filter(|(name, _)| !name.is_empty())?;
        Some(Self { name: name.to_owned(), token_hash: *parse_secret(hash)? })
    }
}

/// The value itself is in no sentence.
pub(super) fn secret_key(text: &str) -> Result<SecretKey, StartError> {
    let key = parse_secret(text.trim())
        .ok_or_else(|| wrong("TABKEY_SECRET_KEY", "***", "64 hex digits (openssl rand -hex 32)"))?;
    Ok(SecretKey(*key))
}

/// At most 32 letters, digits, `-` and `_`: what every browser takes in a cookie's name.
pub(super) fn cookie_suffix(text: String) -> Result<String, StartError> {
    let is_name = text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_name {
        Ok(text)
    } else {
        Err(wrong("server.cookie_suffix", &text, "at most 32 letters, digits, - and _, such as -intranet"))
    }
}
