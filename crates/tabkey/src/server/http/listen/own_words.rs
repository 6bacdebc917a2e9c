//! Replies to what never becomes a request, in the shape of all others. Runs in: the server.

use std::net::IpAddr;

use bytes::Bytes;

use crate::server::{http::policy, telemetry};
use tabkey_core::Error;

/// What stands for the reply that hyper wrote by itself: its own has no content type, no policy and no words (R36, R42). 400
/// for what is not HTTP, 431 for what is too long.
pub fn instead_of(reply: &[u8], wants_page: bool, peer: IpAddr) -> Bytes {
    let (line, why, error) = match reply.get(9..12) {
        Some(b"431") => ("431 Request Header Fields Too Large", "headers_too_large", Error::TooLarge),
        _ => ("400 Bad Request", "malformed_request", Error::InvalidInput { fields: Default::default() }),
    };
    if telemetry::admits(why) {
        tracing::info!(%peer, why, "refused");
    }
    let (content_type, body) = if wants_page && why == "headers_too_large" {
        // Without a style: the request for it would be refused as this one was.
        ("text/html; charset=utf-8", include_str!("too_many_cookies.html").to_owned())
    } else {
        ("application/json; charset=utf-8", serde_json::to_string(&error).unwrap_or_default())
    };
    let fixed: String = policy::FIXED.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    Bytes::from(format!(
        "HTTP/1.1 {line}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\ncache-control: no-store\r\n\
         connection: close\r\ncontent-security-policy: {}\r\n{fixed}\r\n{body}",
        policy::NOTHING
    ))
}
