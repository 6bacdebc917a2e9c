//! Where a person wanted to go before they had to sign in. Runs in: both.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use tabkey_core::LocalPath;

/// The `next` of the address, if it is a path of this site; else the start page.
pub fn next_path(query: Memo<ParamsMap>) -> LocalPath {
    query.with(|query| query.get("next").and_then(|next| LocalPath::parse(&next))).unwrap_or_else(LocalPath::home)
}

/// `page` with `next` handed on; the start page needs no mention.
pub fn with_next(page: &str, next: &str) -> String {
    match next {
        "/" | "" => page.to_owned(),
        next => {
            let mut address = format!("{page}?next=");
            for byte in next.bytes() {
                match byte {
                    b'/' | b'-' | b'_' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                        address.push(char::from(byte))
                    }
                    other => address.push_str(&format!("%{other:02X}")),
                }
            }
            address
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_travels_as_one_value() {
        assert_eq!(with_next("/sign-in", "/devices?a=1&b=%20"), "/sign-in?next=/devices%3Fa%3D1%26b%3D%2520");
        assert_eq!(with_next("/sign-in", "/"), "/sign-in");
    }
}
