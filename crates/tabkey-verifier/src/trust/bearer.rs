//! The bearer token of a request. Runs in: the server, and in services that verify its tokens.

use http::{HeaderMap, header};

use tabkey_core::Error;

/// The bearer token (RFC 6750 §2.1). Errors: 401 `token_missing` without the header, `token_invalid` for two of them or
/// another scheme.
pub fn bearer(headers: &HeaderMap) -> Result<&str, Error> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Error::TokenMissing)?;
    if values.next().is_some() {
        return Err(Error::TokenInvalid);
    }
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(Error::TokenInvalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(Error::TokenInvalid);
    }
    Ok(token)
}
