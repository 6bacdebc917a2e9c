//! The two cookies of a session: read raw, set by grants, cleared by sign-out; and the one of a flash. Runs in: the server.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::server::{
    auth::{Granted, Secret},
    config::Config,
};

/// Out of every script's reach, and bound to this very host over a secure connection.
const REFRESH_COOKIE: &str = "__Host-Http-refresh";
const INSECURE_REFRESH_COOKIE: &str = "refresh";
/// Readable by scripts: `<session id>.<unix seconds at which the session ends>`. It holds no secret; it tells a tab
/// whether a refresh is worth asking for.
const HINT_COOKIE: &str = "__Host-signed-in";
/// The hint cookie's name on plain http outside localhost, where browsers refuse the `__Host-` prefix.
const INSECURE_HINT_COOKIE: &str = "signed-in";

/// What a form without the WASM hands to the next page.
const FLASH_COOKIE: &str = "__Host-flash";
const INSECURE_FLASH_COOKIE: &str = "tabkey-flash";

/// The names and attributes in force: `insecure` is for plain http outside localhost, `suffix` ends every name, so that two
/// applications on one host (cookies know no ports) do not take each other's.
#[derive(Clone, Copy)]
pub struct Cookies<'a> {
    pub insecure: bool,
    pub suffix: &'a str,
}

impl<'a> Cookies<'a> {
    /// Of a session: `None` under a profile that sets none, and believes none that is left of another.
    pub fn of(config: &'a Config) -> Option<Self> {
        config.session.profile.keeps_cookies().then(|| Self::of_any_profile(config))
    }

    /// Of what belongs to no session.
    pub fn of_any_profile(config: &'a Config) -> Self {
        Self { insecure: config.server.insecure_cookies, suffix: &config.server.cookie_suffix }
    }

    /// The refresh cookie, if exactly one came. The header is parsed by hand and names are compared byte by byte: common
    /// parsers decode percent signs in names, so that a sibling domain's `__%48ost-Http-refresh` would pass for ours, and
    /// refuse the whole line where somebody else's cookie holds a letter that is not ASCII. Two of one name can only be
    /// planted: neither is believed (R33).
    pub fn refresh_token(self, headers: &HeaderMap) -> Option<Secret> {
        let name = self.name(REFRESH_COOKIE, INSECURE_REFRESH_COOKIE);
        // What is no text is no token either, and is refused as one.
        the_one(headers, &name).map(|value| Secret(String::from_utf8_lossy(value).into_owned()))
    }

    /// The cookie of a flash, if exactly one came.
    pub fn flash(self, headers: &HeaderMap) -> Option<&[u8]> {
        the_one(headers, &self.flash_name())
    }

    /// The `Set-Cookie` of a flash, for so many seconds.
    pub fn of_flash(self, pairs: &str, life: u64) -> HeaderValue {
        let secure = self.secure();
        let cookie =
            format!("{}={pairs}; HttpOnly; Path=/; SameSite=Strict{secure}; Max-Age={life}", self.flash_name());
        HeaderValue::try_from(cookie).expect("percent-encoded values are printable")
    }

    fn flash_name(self) -> String {
        self.name(FLASH_COOKIE, INSECURE_FLASH_COOKIE)
    }

    /// Whether the browser still has the hint, which scripts delete as they sign out: at once, even where the server cannot be
    /// told and the refresh cookie stays.
    pub fn has_hint(self, headers: &HeaderMap) -> bool {
        values(headers, &self.hint_name()).next().is_some()
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

    /// What the hint cookie is called here.
    pub fn hint_name(self) -> String {
        self.name(HINT_COOKIE, INSECURE_HINT_COOKIE)
    }

    fn secure(self) -> &'static str {
        if self.insecure { "" } else { "; Secure" }
    }

    fn name(self, secure: &str, insecure: &str) -> String {
        format!("{}{}", if self.insecure { insecure } else { secure }, self.suffix)
    }

    fn both(self, refresh: &str, hint: &str, max_age: Option<u64>) -> [HeaderValue; 2] {
        let (refresh_name, secure) = (self.name(REFRESH_COOKIE, INSECURE_REFRESH_COOKIE), self.secure());
        let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        // A browser that holds too many cookies of a host drops those of low priority first: anybody on another port of the
        // host can fill it up.
        let rest = format!("Path=/; SameSite=Strict; Priority=High{secure}{max_age}");
        let refresh = format!("{refresh_name}={refresh}; HttpOnly; {rest}");
        let hint = format!("{}={hint}; {rest}", self.hint_name());
        [refresh, hint].map(|cookie| HeaderValue::try_from(cookie).expect("ids, numbers and base64url are printable"))
    }
}

/// What came under exactly this name, if it came once.
fn the_one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h [u8]> {
    let mut values = values(headers, name);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// What came under exactly this name.
fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h [u8]> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(named)
        .filter(move |(known, _)| *known == name.as_bytes())
        .map(|(_, value)| value)
}

/// Name and value of one pair.
fn named(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = pair.iter().position(|byte| *byte == b'=')?;
    Some((pair[..at].trim_ascii(), pair[at + 1..].trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(suffix: &str, lines: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        Cookies { insecure: false, suffix }.refresh_token(&headers).map(|secret| secret.0.clone())
    }

    fn read(lines: &[&[u8]]) -> Option<String> {
        read_with("", lines)
    }

    #[test]
    fn only_the_exact_name_counts() {
        assert_eq!(read(&[b"a=1; __Host-Http-refresh=abc; b=2"]).as_deref(), Some("abc"));
        for bad in [
            "__%48ost-Http-refresh=abc",
            "__host-http-refresh=abc",
            "refresh=abc",
            "__Host-Http-refresh",
            "x__Host-Http-refresh=abc",
            "__Host-Http-refresh2=abc",
            "\u{a0}__Host-Http-refresh=abc",
            "__Host-Http-refresh\u{a0}=abc",
        ] {
            assert_eq!(read(&[bad.as_bytes()]), None, "{bad}");
        }
    }

    #[test]
    fn r33_bytes_of_another_cookie_change_nothing() {
        for other in [&b"city=M\xc3\xbcnchen"[..], b"city=M\xfcnchen", b"\xff\xfe=1", b"=", b"\xff", b"a=\"b; c\""] {
            let before = [other, b"; __Host-Http-refresh=abc"].concat();
            let after = [b"__Host-Http-refresh=abc;", other].concat();
            for lines in [&[&before[..]][..], &[&after], &[other, b"__Host-Http-refresh=abc"]] {
                assert_eq!(read(lines).as_deref(), Some("abc"), "{}", String::from_utf8_lossy(&lines.concat()));
            }
        }
    }

    #[test]
    fn twins_count_as_none() {
        assert_eq!(read(&[b"__Host-Http-refresh=a; __Host-Http-refresh=b"]), None);
        assert_eq!(read(&[b"__Host-Http-refresh=a", b"__Host-Http-refresh=a"]), None);
        assert_eq!(read(&[b"__Host-Http-refresh=a", b"__Host-Http-refresh=\xff"]), None);
        assert_eq!(read(&[b"city=M\xfcnchen; __Host-Http-refresh=a", b"__Host-Http-refresh=a"]), None);
    }

    #[test]
    fn a_suffix_makes_the_name_an_installations_own() {
        let jar: &[u8] = b"__Host-Http-refresh=one; __Host-Http-refresh-two=two";
        assert_eq!(read_with("", &[jar]).as_deref(), Some("one"));
        assert_eq!(read_with("-two", &[jar]).as_deref(), Some("two"));
        assert_eq!(read_with("-three", &[jar]), None);
    }

    #[test]
    fn both_are_the_last_that_a_full_browser_drops() {
        for insecure in [false, true] {
            for cookie in (Cookies { insecure, suffix: "-two" }).both("a", "b", Some(1)) {
                let cookie = cookie.to_str().unwrap();
                assert!(cookie.contains("; Priority=High"), "{cookie}");
                assert!(cookie.split('=').next().is_some_and(|name| name.ends_with("-two")), "{cookie}");
            }
        }
    }
}
