//! Addresses with a query. Runs in: both.

use std::fmt::Write;

/// `path?name=value&…` without the pairs that have no value.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(if address.len() == path.len() { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        address.push_str(&percent_encoded(value));
    }
    address
}

/// RFC 3986 §2.1: all but what needs no quoting.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => encoded.push(char::from(byte)),
            other => drop(write!(encoded, "%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_left_out_and_the_rest_is_quoted() {
        assert_eq!(address("/admin", &[("search", ""), ("after", "")]), "/admin");
        assert_eq!(
            address("/admin", &[("search", "a&b ä"), ("sort", ""), ("after", "7")]),
            "/admin?search=a%26b%20%C3%A4&after=7"
        );
    }
}
