//! Where to go after sign-in: only ever a path of this site. Runs in: both.

/// A path on this site, with its query: starts with one slash, printable ASCII, no backslash (browsers read `\` as `/`,
/// and `//host` as another site). At most 2,000 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    pub fn parse(input: &str) -> Option<Self> {
        let local = input.starts_with('/')
            && !input.starts_with("//")
            && input.len() <= 2_000
            && input.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        local.then(|| Self(input.to_owned()))
    }

    pub fn home() -> Self {
        Self("/".into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_site_is_taken() {
        assert!(LocalPath::parse("/devices?tab=1#top").is_some());
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
        ] {
            assert_eq!(LocalPath::parse(bad), None, "{bad:?}");
        }
    }
}
