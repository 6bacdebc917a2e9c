//! The two cookies: read raw, set by grants, cleared by sign-out. Runs in: the server.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{
    server::{
        auth::{Granted, Secret},
        config::Config,
    },
    shared::{HINT_COOKIE, INSECURE_HINT_COOKIE},
};

/// Out of every script's reach, and bound to this very host over a secure connection.
const REFRESH_COOKIE: &str = "__Host-Http-refresh";
const INSECURE_REFRESH_COOKIE: &str = "refresh";

/// The names and attributes in force: `insecure` is for plain http outside localhost.
#[derive(Clone, Copy)]
pub struct Cookies {
    pub insecure: bool,
}

impl Cookies {
    /// `None` under a profile that sets none, and believes none that is left of another.
    pub fn of(config: &Config) -> Option<Self> {
        config.session.profile.keeps_cookies().then_some(Self { insecure: config.server.insecure_cookies })
    }

    /// The refresh cookie, if exactly one came. The header is parsed by hand and names are compared byte by byte: common
    /// parsers decode percent signs in names, so that a sibling domain's `__%48ost-Http-refresh` would pass for ours.
    /// Two of one name can only be planted: neither is believed (R33).
    pub fn refresh_token(self, headers: &HeaderMap) -> Option<Secret> {
        let name = if self.insecure { INSECURE_REFRESH_COOKIE } else { REFRESH_COOKIE };
        let mut values = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='))
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) => Some(Secret(value.to_owned())),
            _ => None,
        }
    }

    /// Both `Set-Cookie` values of a grant.
    pub fn of_grant(self, granted: &Granted) -> [HeaderValue; 2] {
        let session = &granted.grant.session;
        let hint = format!("{}.{}", session.id, session.expires_at);
        self.both(&granted.refresh_token.0, &hint, granted.max_age)
    }

    /// Both `Set-Cookie` values of a sign-out.
    pub fn cleared(self) -> [HeaderValue; 2] {
        self.both("", "", Some(0))
    }

    fn both(self, refresh: &str, hint: &str, max_age: Option<u64>) -> [HeaderValue; 2] {
        let (refresh_name, hint_name, secure) = if self.insecure {
            (INSECURE_REFRESH_COOKIE, INSECURE_HINT_COOKIE, "")
        } else {
            (REFRESH_COOKIE, HINT_COOKIE, "; Secure")
        };
        let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let refresh = format!("{refresh_name}={refresh}; Path=/; HttpOnly; SameSite=Strict{secure}{max_age}");
        let hint = format!("{hint_name}={hint}; Path=/; SameSite=Strict{secure}{max_age}");
        [refresh, hint].map(|cookie| HeaderValue::try_from(cookie).expect("ids, numbers and base64url are printable"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        Cookies { insecure: false }.refresh_token(&headers).map(|secret| secret.0.clone())
    }

    #[test]
    fn only_the_exact_name_counts() {
        assert_eq!(read(&["a=1; __Host-Http-refresh=abc; b=2"]).as_deref(), Some("abc"));
        for bad in [
            "__%48ost-Http-refresh=abc",
            "__host-http-refresh=abc",
            "refresh=abc",
            "__Host-Http-refresh",
            "x__Host-Http-refresh=abc",
        ] {
            assert_eq!(read(&[bad]), None, "{bad}");
        }
    }

    #[test]
    fn twins_count_as_none() {
        assert_eq!(read(&["__Host-Http-refresh=a; __Host-Http-refresh=b"]), None);
        assert_eq!(read(&["__Host-Http-refresh=a", "__Host-Http-refresh=a"]), None);
    }
}
