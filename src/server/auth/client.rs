//! What a person would call the thing they sit at, from what their browser says of itself. Runs in: the server.

use super::Visitor;

/// A device in words; every part may be empty but the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// For example `Chromium on Linux`.
    pub name: String,
    /// For example `Chromium 156`.
    pub browser: String,
    pub os: String,
    /// `desktop`, `phone`, `tablet` or `other`.
    pub kind: &'static str,
}

/// Product tokens in the order in which they must be looked for: every browser also names those it descends from.
const BROWSERS: [(&str, &str); 15] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chromium"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// Programs that are no browsers, by the start of what they send.
const PROGRAMS: [(&str, &str); 6] = [
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("python-requests/", "Python"),
    ("okhttp/", "OkHttp"),
    ("node", "Node.js"),
    ("Go-http-client/", "Go"),
];

/// The brands of User-Agent Client Hints tell Chromium from Chrome, which the `User-Agent` does not.
const BRANDS: [(&str, &str); 6] = [
    ("Microsoft Edge", "Edge"),
    ("Brave", "Brave"),
    ("Opera", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("Google Chrome", "Chrome"),
    ("Chromium", "Chromium"),
];

pub fn describe(visitor: &Visitor) -> Client {
    let agent = visitor.user_agent.as_str();
    let (browser, version) = brand(visitor.brands.as_deref()).or_else(|| product(agent)).unwrap_or_default();
    let os = platform(agent, visitor.platform.as_deref());
    let kind = kind(agent, visitor.mobile.as_deref(), browser, &os);
    let name = match (browser, os.as_str()) {
        ("", "") => "Unknown device".into(),
        ("", os) => os.into(),
        (browser, "") => browser.into(),
        (browser, os) => format!("{browser} on {os}"),
    };
    let browser = format!("{browser} {version}").trim().to_owned();
    Client { name, browser, os, kind }
}

/// From `"Chromium";v="156", "Not.A/Brand";v="99"`.
fn brand(brands: Option<&str>) -> Option<(&'static str, String)> {
    let brands = brands?;
    BRANDS.iter().find_map(|(mark, name)| {
        let (_, after) = brands.split_once(&format!("\"{mark}\";v=\""))?;
        Some((*name, leading_digits(after)))
    })
}

fn product(agent: &str) -> Option<(&'static str, String)> {
    if let Some((mark, name)) = PROGRAMS.iter().find(|(mark, _)| agent.starts_with(mark)) {
        return Some((name, leading_digits(&agent[mark.len()..])));
    }
    BROWSERS.iter().find_map(|(mark, name)| {
        let (_, after) = agent.split_once(mark)?;
        (*name != "Safari" || agent.contains("Safari/")).then(|| (*name, leading_digits(after)))
    })
}

fn leading_digits(text: &str) -> String {
    text.chars().take_while(char::is_ascii_digit).take(5).collect()
}

fn platform(agent: &str, hint: Option<&str>) -> String {
    let hinted = hint
        .map(|hint| hint.trim_matches('"'))
        .filter(|hint| matches!(*hint, "Windows" | "macOS" | "Linux" | "Android" | "iOS" | "Chrome OS" | "ChromeOS"));
    if let Some(hinted) = hinted {
        return hinted.to_owned();
    }
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
        ("FreeBSD", "FreeBSD"),
        ("X11", "Unix"),
    ];
    systems.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| (*name).to_owned()).unwrap_or_default()
}

fn kind(agent: &str, mobile: Option<&str>, browser: &str, os: &str) -> &'static str {
    let is_program = PROGRAMS.iter().any(|(_, name)| *name == browser);
    match os {
        _ if is_program || (browser.is_empty() && os.is_empty()) => "other",
        "iPad" => "tablet",
        "iPhone" | "iOS" => "phone",
        "Android" if mobile == Some("?1") || agent.contains("Mobile") => "phone",
        "Android" => "tablet",
        _ => "desktop",
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::server::auth::touch::By;

    fn visitor(agent: &str, brands: Option<&str>) -> Visitor {
        Visitor {
            by: By::Person,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: agent.into(),
            brands: brands.map(Into::into),
            platform: None,
            mobile: None,
            refresh_token: None,
            bearer: None,
        }
    }

    #[test]
    fn devices_are_named_as_their_owners_would() {
        let rows = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
                "Chromium on Linux",
                "Chromium 156",
                "desktop",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Windows",
                "Firefox 145",
                "desktop",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
                "Safari 19",
                "phone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/604.1",
                "Safari on iPad",
                "Safari 19",
                "tablet",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
                "Chrome 156",
                "phone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
                "Edge on Windows",
                "Edge 156",
                "desktop",
            ),
            ("curl/8.9.1", "curl", "curl 8", "other"),
            ("", "Unknown device", "", "other"),
            ("<script>alert(1)</script>", "Unknown device", "", "other"),
        ];
        for (agent, name, browser, kind) in rows {
            let client = describe(&visitor(agent, None));
            assert_eq!((client.name.as_str(), client.browser.as_str(), client.kind), (name, browser, kind), "{agent}");
        }
    }

    #[test]
    fn client_hints_tell_chromium_from_chrome() {
        let agent =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        let chromium = r#""Chromium";v="156", "Not.A/Brand";v="99""#;
        let chrome = r#""Google Chrome";v="156", "Chromium";v="156", "Not.A/Brand";v="99""#;
        assert_eq!(describe(&visitor(agent, Some(chromium))).name, "Chromium on Linux");
        assert_eq!(describe(&visitor(agent, Some(chrome))).name, "Chrome on Linux");
    }
}
