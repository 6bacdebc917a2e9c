//! Where to go after sign-in: only ever a path of this site. Runs in: both.

/// A path on this site, with its query: starts with one slash, printable ASCII, no backslash (browsers read `\` as `/`,
/// and `//host` as another site), no dot segments however they are spelt, for those make another path of it (WHATWG URL
/// §4.4: `/.//host` is `//host`). At most 2,000 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    pub fn parse(input: &str) -> Option<Self> {
        (input.len() <= 2_000 && stays_here(input)).then(|| Self(input.to_owned()))
    }

    pub fn home() -> Self {
        Self("/".into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without query and fragment.
    pub fn path(&self) -> &str {
        self.0.split(['?', '#']).next().unwrap_or_default()
    }
}

/// Whether a redirect to this target stays on the site: what [`LocalPath`] holds, of any length.
pub fn stays_here(target: &str) -> bool {
    let is_plain = target.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let path = target.split(['?', '#']).next().unwrap_or_default();
    is_plain && path.starts_with('/') && decode(path.as_bytes()).is_some_and(|path| is_ordinary(&path))
}

/// A path as whoever decodes it reads it: a server behind a proxy, or one that decodes before it resolves.
fn is_ordinary(path: &[u8]) -> bool {
    let is_dots = |segment: &[u8]| matches!(segment, b"." | b"..");
    !path.starts_with(b"//")
        && path.iter().all(|b| !b.is_ascii_control() && *b != b'\\')
        && !path.split(|b| *b == b'/').any(is_dots)
}

/// `None` for a broken escape.
fn decode(path: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'%' => digit(rest.next()?)? * 16 + digit(rest.next()?)?,
            plain => *plain,
        });
    }
    Some(decoded)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_of_this_site_is_taken() {
        for good in [
            "/",
            "/devices?tab=1#top",
            "/devices?next=https://evil.example&back=/../x",
            "/a/b%20c/..d/e..",
            "/admin/users/0199",
            "/search?q=50%",
            "/a//b",
            "/%252e%252e/a",
        ] {
            assert!(LocalPath::parse(good).is_some(), "{good:?}");
        }
    }

    #[test]
    fn r40_nothing_else_is() {
        for bad in [
            "",
            "devices",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\nb",
            "/a b",
            "/\t/evil",
            "/a/../b",
            "/a/..",
            "/./a",
            "/.",
            "/.//evil.example",
            "/..//evil.example",
            "/a/../..//evil.example",
            "/%2e%2e/a",
            "/%2E//evil.example",
            "/.%2e/a",
            "/a/%2e",
            "/a/..?b",
            "/%5cevil.example",
            "/%5Cevil.example",
            "/%2fevil.example",
            "/%2F/evil.example",
            "/..%2f..%2fa",
            "/a%2f..%2fb",
            "/a%0d%0aset-cookie:b",
            "/a%00",
            "/%zz",
            "/%4",
            "/\u{2025}/a",
            "?a=b",
            "#a",
            "/a?b\\c",
        ] {
            assert_eq!(LocalPath::parse(bad), None, "{bad:?}");
        }
        assert_eq!(LocalPath::parse(&format!("/{}", "a".repeat(2_000))), None);
        assert!(stays_here(&format!("/{}", "a".repeat(2_000))));
    }

    /// What a browser makes of a path (WHATWG URL §4.4): tabs and line breaks go, `\` is `/`, dot segments are resolved.
    fn as_a_browser_reads_it(target: &str) -> String {
        let target: String = target.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
        let path = target.split(['?', '#']).next().unwrap_or_default().replace('\\', "/");
        let mut kept: Vec<&str> = Vec::new();
        for segment in path.split('/').skip(1) {
            match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
                "." => {}
                ".." => drop(kept.pop()),
                _ => kept.push(segment),
            }
        }
        format!("/{}", kept.join("/"))
    }

    proptest! {
        #[test]
        fn what_is_taken_is_the_same_path_to_a_browser_and_on_this_site(
            target in "/?([./\\\\a?#%\t]|%2e|%2E|%2f|%5c|\\.\\.|//|evil\\.example){0,12}"
        ) {
            if let Some(path) = LocalPath::parse(&target) {
                let plain = path.as_str().split(['?', '#']).next().unwrap_or_default().to_owned();
                let read = as_a_browser_reads_it(path.as_str());
                prop_assert_eq!(&read, &plain);
                prop_assert!(read.starts_with('/') && !read.starts_with("//"));
            }
        }
    }
}
