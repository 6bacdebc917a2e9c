//! What pages may load and ask a browser for, beyond what ours need (R36, R37). Runs in: the server.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use url::Url;

use crate::server::{StartError, config::is_this_machine};

/// The policy of everything that is no page.
pub const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// For every reply.
pub const FIXED: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()",
    ),
];

/// What every page is denied, unless the application needs it.
const FEATURES: [&str; 8] =
    ["camera", "display-capture", "geolocation", "microphone", "midi", "payment", "publickey-credentials-get", "usb"];

/// What an application's pages may do, and what every reply says of it.
#[derive(Debug)]
pub struct Policy {
    pub content: ContentPolicy,
    /// In the place of the fixed ones.
    pub replies: Vec<(HeaderName, HeaderValue)>,
}

impl Default for Policy {
    fn default() -> Self {
        ContentPolicy::default().into()
    }
}

impl From<ContentPolicy> for Policy {
    fn from(content: ContentPolicy) -> Self {
        let replies = vec![
            (HeaderName::from_static("cross-origin-embedder-policy"), content.embedder()),
            (HeaderName::from_static("permissions-policy"), content.permissions()),
        ];
        Self { content, replies }
    }
}

/// What pages may load and use, beside this site's own files: nothing, until the application says so. Each source is an
/// origin, with a path where it narrows it: `https://cdn.example`, `https://*.example.org/img/`; or `data:` and `blob:` where
/// they can do no harm.
#[derive(Clone, Debug, Default)]
pub struct ContentPolicy {
    sources: BTreeMap<&'static str, Vec<String>>,
    inline_styles: bool,
    workers: bool,
    features: Vec<&'static str>,
    faults: Vec<String>,
}

impl ContentPolicy {
    /// Pictures from there too. `data:` is allowed as it is.
    pub fn img_src(self, source: &str) -> Self {
        self.admit("img-src", source, &["https", "blob"])
    }

    /// Sound and films.
    pub fn media_src(self, source: &str) -> Self {
        self.admit("media-src", source, &["https", "blob", "data"])
    }

    pub fn font_src(self, source: &str) -> Self {
        self.admit("font-src", source, &["https", "data"])
    }

    /// Style sheets. Whoever can write one reads what stands on a page.
    pub fn style_src(self, source: &str) -> Self {
        self.admit("style-src", source, &["https"])
    }

    /// Requests and sockets. A script that got in can send there what it finds.
    pub fn connect_src(self, source: &str) -> Self {
        self.admit("connect-src", source, &["https", "wss"])
    }

    /// Frames of other sites in our pages.
    pub fn frame_src(self, source: &str) -> Self {
        self.admit("frame-src", source, &["https"])
    }

    /// Workers from this site's own files.
    pub fn workers(mut self) -> Self {
        self.workers = true;
        self
    }

    /// `style="…"` and `style:color=…`, which do nothing otherwise. Markup that got in can then cover a page.
    pub fn inline_styles(mut self) -> Self {
        self.inline_styles = true;
        self
    }

    /// Lets pages ask for a feature, by its name in the Permissions Policy: `geolocation`, `camera`.
    pub fn allow(mut self, feature: &str) -> Self {
        match FEATURES.into_iter().find(|known| *known == feature) {
            Some(known) => self.features.push(known),
            None => self.faults.push(format!("{feature:?} is not denied to pages: {} are", FEATURES.join(", "))),
        }
        self
    }

    fn admit(mut self, directive: &'static str, source: &str, schemes: &[&str]) -> Self {
        // Below many a name everybody has a site of their own: a script or a style that got in would find a way out.
        let is_way_out = source.contains('*') && matches!(directive, "connect-src" | "style-src");
        match is_source(source, schemes) && !is_way_out {
            true => self.sources.entry(directive).or_default().push(source.to_owned()),
            false => self.faults.push(format!(
                "{directive} {source:?} names no origin: write https://cdn.example, with a path where it narrows it"
            )),
        }
        self
    }

    /// Errors: what was asked for is no source, or no feature.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        match self.faults.first() {
            None => Ok(()),
            Some(fault) => Err(StartError(format!("the application's policy cannot be used: {fault}"))),
        }
    }

    /// A page's policy: only scripts that carry this render's nonce, and what they load; only our own styles and calls, and
    /// what was added. A script that got in could therefore send nothing to another site. `reload` is the development
    /// server's socket.
    pub(super) fn of_page(&self, nonce: &str, reload: Option<&str>) -> HeaderValue {
        let more = |directive: &str| {
            let sources = self.sources.get(directive).into_iter().flatten();
            sources.map(|source| format!(" {source}")).collect::<String>()
        };
        let only = |directive: &str| match more(directive) {
            sources if sources.is_empty() => String::new(),
            sources => format!("{directive}{sources}; "),
        };
        let inline = if self.inline_styles { " 'unsafe-inline'" } else { "" };
        let workers = if self.workers { "'self'" } else { "'none'" };
        let reload = reload.map(|socket| format!(" {socket}")).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'{inline}{}; \
             img-src 'self' data:{}; font-src 'self'{}; {}{}connect-src 'self'{reload}{}; base-uri 'none'; object-src 'none'; \
             form-action 'self'; frame-ancestors 'none'; worker-src {workers}; report-uri /csp-report",
            more("style-src"),
            more("img-src"),
            more("font-src"),
            only("media-src"),
            only("frame-src"),
            more("connect-src"),
        );
        HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(NOTHING))
    }

    fn permissions(&self) -> HeaderValue {
        let of = |feature: &&str| {
            if self.features.contains(feature) { format!("{feature}=(self)") } else { format!("{feature}=()") }
        };
        let features: Vec<String> = FEATURES.iter().map(of).collect();
        HeaderValue::try_from(features.join(", ")).unwrap_or(HeaderValue::from_static(""))
    }

    /// What comes from elsewhere need not say that it may be embedded here, but then comes without cookies; a frame would have to
    /// ask for the same of all that it embeds.
    fn embedder(&self) -> HeaderValue {
        let is_from_elsewhere = |directive: &&str| self.sources.contains_key(directive);
        HeaderValue::from_static(if self.sources.contains_key("frame-src") {
            "unsafe-none"
        } else if ["img-src", "media-src", "style-src", "font-src"].iter().any(is_from_elsewhere) {
            "credentialless"
        } else {
            "require-corp"
        })
    }
}

/// Whether it is one source that admits less than everything (CSP 3 §2.3.1).
fn is_source(source: &str, schemes: &[&str]) -> bool {
    if let Some(scheme) = source.strip_suffix(':') {
        return schemes.contains(&scheme) && matches!(scheme, "data" | "blob");
    }
    let is_plain = source.bytes().all(|byte| byte.is_ascii_graphic() && !b";,'\"?#@".contains(&byte));
    let Ok(url) = Url::parse(&source.replacen("://*.", "://any.", 1)) else { return false };
    let names_host = url.host_str().is_some_and(|host| !host.contains('*') && !host.is_empty());
    let is_safe = schemes.contains(&url.scheme()) || (url.scheme() == "http" && is_this_machine(source));
    // `*.com` is nearly everything.
    let is_narrow = !source.contains("://*.") || url.host_str().is_some_and(|host| host.matches('.').count() >= 2);
    is_plain && names_host && is_safe && is_narrow
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r36_a_page_loads_nothing_but_ours_until_an_application_says_so() {
        let ours = ContentPolicy::default();

        let said = ours.of_page("abc", None);

        assert_eq!(
            said,
            "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
             font-src 'self'; connect-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; \
             frame-ancestors 'none'; worker-src 'none'; report-uri /csp-report"
        );
        for (name, value) in Policy::from(ours).replies {
            assert!(FIXED.contains(&(name.as_str(), value.to_str().unwrap())), "{name}: {value:?}");
        }
    }

    #[test]
    fn what_an_application_adds_stands_beside_ours_and_takes_nothing_away() {
        let own = ContentPolicy::default()
            .img_src("https://cdn.example")
            .img_src("https://*.example.org/img/")
            .frame_src("https://maps.example")
            .connect_src("wss://live.example:8443")
            .inline_styles()
            .workers()
            .allow("geolocation");

        own.check().unwrap();
        let said = own.of_page("abc", Some("ws://127.0.0.1:3001"));
        let said = said.to_str().unwrap();
        for part in [
            "img-src 'self' data: https://cdn.example https://*.example.org/img/; ",
            "frame-src https://maps.example; ",
            "connect-src 'self' ws://127.0.0.1:3001 wss://live.example:8443; ",
            "style-src 'self' 'unsafe-inline'; ",
            "worker-src 'self'; ",
            "script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval'; ",
            "frame-ancestors 'none'; ",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(own.permissions().to_str().unwrap().contains("geolocation=(self), microphone=()"));
        assert_eq!(own.embedder(), "unsafe-none");
        assert_eq!(ContentPolicy::default().img_src("https://cdn.example").embedder(), "credentialless");
        assert_eq!(ContentPolicy::default().connect_src("https://api.example").embedder(), "require-corp");
    }

    #[test]
    fn what_admits_everything_or_is_no_source_ends_the_start() {
        for bad in [
            "",
            "*",
            "https:",
            "http:",
            "https://",
            "https://*",
            "https://*.com",
            "cdn.example",
            "'self'",
            "'unsafe-inline'",
            "http://cdn.example",
            "https://cdn.example; script-src *",
            "https://cdn.example https://other",
            "data:",
            "https://user@cdn.example",
            "javascript:alert(1)",
            "https://a.*.example",
            "https://*.app.example",
            "filesystem:",
            "https://cdn.example\n",
        ] {
            let refused = ContentPolicy::default().connect_src(bad).check().unwrap_err();
            assert!(refused.0.contains("connect-src"), "{refused}");
        }
        for good in
            ["https://cdn.example", "https://cdn.example:8443/a/b.js", "http://127.0.0.1:9000", "wss://x.example"]
        {
            ContentPolicy::default().connect_src(good).check().unwrap();
        }
        assert!(ContentPolicy::default().allow("teleport").check().is_err());
    }
}
