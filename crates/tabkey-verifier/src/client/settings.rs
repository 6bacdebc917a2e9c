//! Whom to trust, and the credential. Runs in: services that verify our tokens.

use zeroize::ZeroizeOnDrop;

/// What a [`Verifier`](super::Verifier) needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The origin of the issuer, its `server.public_url`, such as `https://app.example.org`: the `iss` of its tokens, and
    /// where keys and endings come from.
    pub issuer: String,
    /// The issuer's `tokens.audience`.
    pub audience: String,
    /// As printed by `tabkey service new NAME`.
    pub service_token: ServiceToken,
}

/// The credential for the feed of endings. Prints as `***`.
#[derive(Clone, ZeroizeOnDrop)]
pub struct ServiceToken(String);

/// Why settings cannot be used, in one sentence.
#[derive(Debug)]
pub struct SettingsError(pub(super) String);

impl Settings {
    /// The issuer without a trailing slash. Errors: it is no origin.
    pub(super) fn issuer(&self) -> Result<String, SettingsError> {
        let origin = self.issuer.trim_end_matches('/');
        let uri: Option<http::Uri> = origin.parse().ok();
        let is_origin = uri.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some() && uri.path() == "/"
        });
        if is_origin && !origin.contains(['@', '?']) {
            return Ok(origin.to_owned());
        }
        Err(SettingsError(format!("the issuer {:?} is no origin, such as https://app.example.org", self.issuer)))
    }
}

impl ServiceToken {
    pub fn new(token: String) -> Self {
        Self(token)
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ServiceToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str) -> Settings {
        Settings { issuer: issuer.into(), audience: "tabkey".into(), service_token: ServiceToken::new("secret".into()) }
    }

    #[test]
    fn an_issuer_is_an_origin() {
        assert_eq!(settings("https://a.example/").issuer().unwrap(), "https://a.example");
        for bad in ["", "a.example", "ftp://a.example", "https://a.example/path", "https://a@b.example", "https://a?b"]
        {
            assert!(settings(bad).issuer().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_service_token_does_not_print() {
        assert!(!format!("{:?}", settings("https://a.example")).contains("secret"));
    }
}
