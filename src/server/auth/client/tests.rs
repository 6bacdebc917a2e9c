//! What browsers send, and what their owners would call them.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::*;
use crate::server::auth::touch::By;

fn visitor(agent: &str) -> Visitor {
    Visitor {
        by: By::Person,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: agent.into(),
        brands: None,
        platform: None,
        mobile: None,
        refresh_token: None,
        bearer: None,
    }
}

fn hinted(agent: &str, brands: &str, platform: &str, mobile: &str) -> Visitor {
    Visitor {
        brands: Some(brands.into()),
        platform: Some(format!("\"{platform}\"")),
        mobile: Some(mobile.into()),
        ..visitor(agent)
    }
}

const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
const LINUX: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)";
const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)";
const WEBVIEW: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240805.005; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const IPAD: &str = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";

#[test]
fn devices_are_named_as_their_owners_would() {
    // Before the product tokens, the tokens; name, browser, kind.
    let rows = [
        (WINDOWS, "Chrome/156.0.0.0 Safari/537.36", "Chrome on Windows", "Chrome 156", "desktop"),
        (MAC, "Chrome/156.0.0.0 Safari/537.36", "Chrome on macOS", "Chrome 156", "desktop"),
        (ANDROID, "Chrome/156.0.0.0 Mobile Safari/537.36", "Chrome on Android", "Chrome 156", "phone"),
        (ANDROID, "Chrome/156.0.0.0 Safari/537.36", "Chrome on Android", "Chrome 156", "tablet"),
        (IPHONE, "CriOS/156.0.7339.39 Mobile/15E148 Safari/604.1", "Chrome on iPhone", "Chrome 156", "phone"),
        (MAC, "CriOS/156 Version/11.1.1 Safari/605.1.15", "Chrome on iPad", "Chrome 156", "tablet"),
        (LINUX, "HeadlessChrome/156.0.0.0 Safari/537.36", "Chromium on Linux", "Chromium 156", "desktop"),
        (
            LINUX,
            "Ubuntu Chromium/80.0.3987 Chrome/80.0.3987 Safari/537.36",
            "Chromium on Linux",
            "Chromium 80",
            "desktop",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko)",
            "Chrome/156.0.0.0 Safari/537.36",
            "Chrome on ChromeOS",
            "Chrome 156",
            "desktop",
        ),
        (WINDOWS, "Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0", "Edge on Windows", "Edge 156", "desktop"),
        (ANDROID, "Chrome/156.0.0.0 Mobile Safari/537.36 EdgA/156.0.0.0", "Edge on Android", "Edge 156", "phone"),
        (
            IPHONE,
            "Version/18.0 EdgiOS/156.0.3485.81 Mobile/15E148 Safari/605.1.15",
            "Edge on iPhone",
            "Edge 156",
            "phone",
        ),
        (WINDOWS, "Chrome/154.0.0.0 Safari/537.36 OPR/138.0.0.0", "Opera on Windows", "Opera 138", "desktop"),
        (IPHONE, "Version/18.5 Mobile/15E148 Safari/604.1 OPT/5.4.0", "Opera on iPhone", "Opera 5", "phone"),
        (IPHONE, "Version/18.5 Mobile/15E148 Safari/604.1 OPX/2.7.0", "Opera GX on iPhone", "Opera GX 2", "phone"),
        (LINUX, "Chrome/156.0.0.0 Safari/537.36 Vivaldi/7.9.0", "Vivaldi on Linux", "Vivaldi 7", "desktop"),
        (
            ANDROID,
            "SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
            "Samsung Internet 29",
            "phone",
        ),
        (
            WINDOWS,
            "Chrome/154.0.0.0 YaBrowser/26.10.0.0 Safari/537.36",
            "Yandex Browser on Windows",
            "Yandex Browser 26",
            "desktop",
        ),
        (MAC, "Version/18.5 Safari/605.1.15 Ddg/18.5", "DuckDuckGo on macOS", "DuckDuckGo 18", "desktop"),
        (
            IPHONE,
            "Version/18.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
            "DuckDuckGo on iPhone",
            "DuckDuckGo 7",
            "phone",
        ),
        (
            ANDROID,
            "Version/4.0 Chrome/156.0.0.0 Mobile DuckDuckGo/5 Safari/537.36",
            "DuckDuckGo on Android",
            "DuckDuckGo 5",
            "phone",
        ),
        (
            "Mozilla/5.0 (Linux; U; Android 13; en-US; SM-A525F) AppleWebKit/537.36 (KHTML, like Gecko)",
            "Version/4.0 Chrome/123.0.0.0 UCBrowser/13.7.8.1318 Mobile Safari/537.36",
            "UC Browser on Android",
            "UC Browser 13",
            "phone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 12; NOH-NX9) AppleWebKit/537.36 (KHTML, like Gecko)",
            "Chrome/114.0.0.0 HuaweiBrowser/15.0.4.312 Mobile Safari/537.36",
            "Huawei Browser on Android",
            "Huawei Browser 15",
            "phone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko)",
            "Silk/138.4.1 like Chrome/138.0.0.0 Safari/537.36",
            "Silk on Android",
            "Silk 138",
            "tablet",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0)",
            "Gecko/20100101 Firefox/145.0",
            "Firefox on Windows",
            "Firefox 145",
            "desktop",
        ),
        // Tor Browser says the same as everybody's Firefox, on purpose.
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:140.0)",
            "Gecko/20100101 Firefox/140.0",
            "Firefox on Windows",
            "Firefox 140",
            "desktop",
        ),
        (
            "Mozilla/5.0 (Android 15; Mobile; rv:145.0)",
            "Gecko/145.0 Firefox/145.0",
            "Firefox on Android",
            "Firefox 145",
            "phone",
        ),
        (IPHONE, "FxiOS/145.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone", "Firefox 145", "phone"),
        (IPHONE, "FxiOS/145.0 Focus/145.0 Mobile/15E148", "Firefox Focus on iPhone", "Firefox Focus 145", "phone"),
        (
            WEBVIEW,
            "Focus/8.0.15 Chrome/114.0.0.0 Mobile Safari/537.36",
            "Firefox Focus on Android",
            "Firefox Focus 8",
            "phone",
        ),
        (MAC, "Version/19.0 Safari/605.1.15", "Safari on macOS", "Safari 19", "desktop"),
        (IPHONE, "Version/19.0 Mobile/15E148 Safari/604.1", "Safari on iPhone", "Safari 19", "phone"),
        (IPAD, "Version/19.0 Mobile/15E148 Safari/604.1", "Safari on iPad", "Safari 19", "tablet"),
        (WEBVIEW, "Chrome/156.0.0.0 Mobile Safari/537.36", "App on Android", "App", "phone"),
        (IPHONE, "Mobile/15E148", "App on iPhone", "App", "phone"),
        (
            WEBVIEW,
            "Chrome/156.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/530.0.0.48.74;]",
            "Facebook on Android",
            "Facebook 530",
            "phone",
        ),
        (IPHONE, "Mobile/15E148 [FBAN/FBIOS;FBAV/530.0.0.38.78;FBBV/7]", "Facebook on iPhone", "Facebook 530", "phone"),
        (
            IPHONE,
            "Mobile/15E148 [FBAN/MessengerForiOS;FBAV/530.0.0.1;FBBV/7]",
            "Messenger on iPhone",
            "Messenger",
            "phone",
        ),
        (
            IPHONE,
            "Mobile/22F76 Instagram 400.0.0.27.87 (iPhone16,1; iOS 18_5; en_US; scale=3.00)",
            "Instagram on iPhone",
            "Instagram 400",
            "phone",
        ),
        (
            WEBVIEW,
            "Chrome/156.0.0.0 Mobile Safari/537.36 Instagram 400.0.0.49.68 Android (34/14; 420dpi)",
            "Instagram on Android",
            "Instagram 400",
            "phone",
        ),
        (IPHONE, "GSA/390.0.813 Mobile/15E148 Safari/604.1", "Google app on iPhone", "Google app 390", "phone"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            "Version/19.0 Safari/605.1.15",
            "WebKit on Linux",
            "WebKit 19",
            "desktop",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            "Version/16.0 Safari/605.1.15 Epiphany/605.1.15",
            "GNOME Web on Linux",
            "GNOME Web 605",
            "desktop",
        ),
        (
            "Mozilla/5.0 (SMART-TV; LINUX; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko)",
            "Version/8.0 Chrome/108.0.5359.1 TV Safari/537.36",
            "Chrome on Tizen",
            "Chrome 108",
            "other",
        ),
        ("curl/8.9.1", "", "curl", "curl 8", "other"),
        ("", "", "Unknown device", "", "other"),
        ("<script>alert(1)</script>", "", "Unknown device", "", "other"),
        ("NotFirefox/9", "", "Unknown device", "", "other"),
    ];
    for (system, products, name, browser, kind) in rows {
        let agent = format!("{system} {products}");
        let client = describe(&visitor(agent.trim()));
        assert_eq!((client.name.as_str(), client.browser.as_str(), client.kind), (name, browser, kind), "{agent}");
    }
}

#[test]
fn the_more_precise_of_hints_and_user_agent_is_believed() {
    let grease = r#""Not.A/Brand";v="99", "Chromium";v="156""#;
    let chrome = "Chrome/156.0.0.0 Safari/537.36";
    let rows = [
        // Hints that say more.
        (LINUX, chrome, "", "Linux", "?0", "Chromium on Linux", "Chromium 156", "desktop"),
        (LINUX, chrome, r#""Google Chrome";v="156""#, "Linux", "?0", "Chrome on Linux", "Chrome 156", "desktop"),
        (WINDOWS, chrome, r#""Brave";v="156""#, "Windows", "?0", "Brave on Windows", "Brave 156", "desktop"),
        (
            ANDROID,
            "Chrome/156.0.0.0 Mobile Safari/537.36",
            r#""Brave";v="156""#,
            "Android",
            "?1",
            "Brave on Android",
            "Brave 156",
            "phone",
        ),
        (
            WINDOWS,
            chrome,
            r#""DuckDuckGo";v="156""#,
            "Windows",
            "?0",
            "DuckDuckGo on Windows",
            "DuckDuckGo 156",
            "desktop",
        ),
        (
            WINDOWS,
            "Chrome/154.0.0.0 Safari/537.36 OPR/138.0.0.0",
            r#""Opera GX";v="138""#,
            "Windows",
            "?0",
            "Opera GX on Windows",
            "Opera GX 138",
            "desktop",
        ),
        (
            WINDOWS,
            "Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
            r#""Microsoft Edge";v="156""#,
            "Windows",
            "?0",
            "Edge on Windows",
            "Edge 156",
            "desktop",
        ),
        (
            LINUX,
            "HeadlessChrome/156.0.0.0 Safari/537.36",
            r#""HeadlessChrome";v="156""#,
            "Linux",
            "?0",
            "Chromium on Linux",
            "Chromium 156",
            "desktop",
        ),
        // A phone that asks for the desktop's pages.
        (LINUX, chrome, r#""Google Chrome";v="156""#, "Android", "?1", "Chrome on Android", "Chrome 156", "phone"),
        // A `User-Agent` that says more.
        (
            ANDROID,
            "SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
            "",
            "Android",
            "?1",
            "Samsung Internet on Android",
            "Samsung Internet 29",
            "phone",
        ),
        (
            WINDOWS,
            "Chrome/154.0.0.0 YaBrowser/26.10.0.0 Safari/537.36",
            r#""Yowser";v="2.5""#,
            "Windows",
            "?0",
            "Yandex Browser on Windows",
            "Yandex Browser 26",
            "desktop",
        ),
        (
            WINDOWS,
            "Chrome/156.0.0.0 Safari/537.36 Vivaldi/7.9.0",
            r#""Google Chrome";v="156""#,
            "Windows",
            "?0",
            "Vivaldi on Windows",
            "Vivaldi 7",
            "desktop",
        ),
        (
            WEBVIEW,
            "Chrome/156.0.0.0 Mobile Safari/537.36 Instagram 400.0.0.49 Android",
            r#""Android WebView";v="156""#,
            "Android",
            "?1",
            "Instagram on Android",
            "Instagram 400",
            "phone",
        ),
        (
            WEBVIEW,
            "Chrome/156.0.0.0 Mobile DuckDuckGo/5 Safari/537.36",
            r#""Android WebView";v="156""#,
            "Android",
            "?1",
            "DuckDuckGo on Android",
            "DuckDuckGo 5",
            "phone",
        ),
        (ANDROID, chrome, r#""Google Chrome";v="156""#, "Linux", "?0", "Chrome on Android", "Chrome 156", "tablet"),
        // Hints that say nothing.
        (WINDOWS, chrome, r#""Sneaky";v="1""#, "Plan 9", "?2", "Chromium on Windows", "Chromium 156", "desktop"),
    ];
    for (system, products, brand, platform, mobile, name, browser, kind) in rows {
        let (agent, brands) = (format!("{system} {products}"), format!("{grease}, {brand}"));
        let client = describe(&hinted(&agent, &brands, platform, mobile));
        assert_eq!(
            (client.name.as_str(), client.browser.as_str(), client.kind),
            (name, browser, kind),
            "{agent} {brands}"
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_said_the_name_is_short_and_of_our_words(
        parts in prop::collection::vec(prop_oneof![
            any::<String>(),
            "[A-Za-z]{1,9}/[0-9]{1,40}",
            prop::sample::select(vec!["Android", "iPhone", "Mac OS X", "Firefox/", "Version/", "Safari/", "Instagram ", "Chrome/", "é", "; wv)", "\0"]).prop_map(String::from),
        ], 0..12),
        brands in any::<String>(),
        version in "[0-9]{0,40}",
        platform in any::<String>(),
    ) {
        let agent = parts.concat();
        let brands = format!("{brands}\"Brave\";v=\"{version}");

        let client = describe(&hinted(&agent, &brands, &platform, &agent));

        prop_assert!(client.name.len() <= 40 && client.browser.len() <= 30, "{client:?}");
        let is_ours = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || " .".contains(c));
        prop_assert!(is_ours(&client.name) && is_ours(&client.browser), "{client:?}");
        prop_assert!(["desktop", "phone", "tablet", "other"].contains(&client.kind));
    }
}
