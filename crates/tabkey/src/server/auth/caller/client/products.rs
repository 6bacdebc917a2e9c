//! The browser or program that asks: the more precise of what its `User-Agent` and its hints say. Runs in: the server.

use super::after;

/// A browser's name, and the number before the first dot of its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    pub name: &'static str,
    pub version: String,
    precision: u8,
}

/// What every browser of a kind says, and those built on it go on saying.
const ENGINE: u8 = 0;
/// The engine's own browser, or somebody's who says no more.
const FAMILY: u8 = 1;
/// An app's window on the web, of which nothing says whose it is.
const WINDOW: u8 = 2;
const BROWSER: u8 = 3;
/// An edition of a browser, or the app around one.
const EDITION: u8 = 4;

/// Product tokens of `User-Agent`.
const TOKENS: [(&str, &str, u8); 61] = [
    ("FxiOS/", "Firefox", BROWSER),
    ("Focus/", "Firefox Focus", EDITION),
    ("Klar/", "Firefox Focus", EDITION),
    ("Firefox/", "Firefox", BROWSER),
    ("SeaMonkey/", "SeaMonkey", EDITION),
    ("PaleMoon/", "Pale Moon", EDITION),
    ("LibreWolf/", "LibreWolf", EDITION),
    ("Waterfox/", "Waterfox", EDITION),
    ("EdgiOS/", "Edge", BROWSER),
    ("EdgA/", "Edge", BROWSER),
    ("Edg/", "Edge", BROWSER),
    ("Edge/", "Edge", BROWSER),
    ("OPX/", "Opera GX", EDITION),
    ("OPRGX/", "Opera GX", EDITION),
    ("Opera Mini/", "Opera Mini", EDITION),
    ("OPiOS/", "Opera Mini", EDITION),
    ("OPR/", "Opera", BROWSER),
    ("OPT/", "Opera", BROWSER),
    ("Opera/", "Opera", BROWSER),
    ("Vivaldi/", "Vivaldi", BROWSER),
    ("Brave/", "Brave", BROWSER),
    ("SamsungBrowser/", "Samsung Internet", BROWSER),
    ("YaBrowser/", "Yandex Browser", BROWSER),
    ("YaSearchBrowser/", "Yandex", EDITION),
    ("DuckDuckGo/", "DuckDuckGo", BROWSER),
    ("Ddg/", "DuckDuckGo", BROWSER),
    ("UCBrowser/", "UC Browser", BROWSER),
    ("UBrowser/", "UC Browser", BROWSER),
    ("HuaweiBrowser/", "Huawei Browser", BROWSER),
    ("MiuiBrowser/", "Mi Browser", BROWSER),
    ("HeyTapBrowser/", "HeyTap Browser", BROWSER),
    ("VivoBrowser/", "Vivo Browser", BROWSER),
    ("MQQBrowser/", "QQ Browser", BROWSER),
    ("QQBrowser/", "QQ Browser", BROWSER),
    ("Whale/", "Whale", BROWSER),
    ("Silk/", "Silk", BROWSER),
    ("Epiphany/", "GNOME Web", BROWSER),
    ("Falkon/", "Falkon", BROWSER),
    ("QtWebEngine/", "Qt WebEngine", WINDOW),
    ("Electron/", "App", WINDOW),
    ("CriOS/", "Chrome", BROWSER),
    ("HeadlessChrome/", "Chromium", FAMILY),
    ("Chromium/", "Chromium", FAMILY),
    ("Chrome/", "Chrome", ENGINE),
    ("GSA/", "Google app", EDITION),
    ("Instagram ", "Instagram", EDITION),
    ("FBAN/Messenger", "Messenger", EDITION),
    ("FB_IAB/MESSENGER", "Messenger", EDITION),
    ("FBAV/", "Facebook", BROWSER),
    ("LinkedInApp", "LinkedIn", EDITION),
    ("MicroMessenger/", "WeChat", EDITION),
    ("Line/", "Line", EDITION),
    ("Snapchat/", "Snapchat", EDITION),
    ("Pinterest/", "Pinterest", EDITION),
    ("Twitter for iPhone", "X", EDITION),
    ("TwitterAndroid", "X", EDITION),
    ("musical_ly", "TikTok", EDITION),
    ("BytedanceWebview", "TikTok", EDITION),
    ("trill_", "TikTok", EDITION),
    ("WhatsApp/", "WhatsApp", EDITION),
    ("Telegram-Android/", "Telegram", EDITION),
];

/// Brands of User-Agent Client Hints. They tell Chromium from Chrome and name Brave, which the `User-Agent` does not.
const BRANDS: [(&str, &str, u8); 17] = [
    ("Opera GX", "Opera GX", EDITION),
    ("Opera Air", "Opera Air", EDITION),
    ("Opera Mini", "Opera Mini", EDITION),
    ("OperaMobile", "Opera", BROWSER),
    ("Opera", "Opera", BROWSER),
    ("Microsoft Edge", "Edge", BROWSER),
    ("Brave", "Brave", BROWSER),
    ("Vivaldi", "Vivaldi", BROWSER),
    ("Samsung Internet", "Samsung Internet", BROWSER),
    ("YaBrowser", "Yandex Browser", BROWSER),
    ("Yandex", "Yandex Browser", BROWSER),
    ("DuckDuckGo", "DuckDuckGo", BROWSER),
    ("HuaweiBrowser", "Huawei Browser", BROWSER),
    ("Android WebView", "App", WINDOW),
    ("Microsoft Edge WebView2", "App", WINDOW),
    ("Google Chrome", "Chrome", FAMILY),
    ("Chromium", "Chromium", FAMILY),
];

/// Programs that are no browsers, by the start of what they send.
const PROGRAMS: [(&str, &str); 8] = [
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("HTTPie/", "HTTPie"),
    ("PostmanRuntime/", "Postman"),
    ("python-requests/", "Python"),
    ("okhttp/", "OkHttp"),
    ("node", "Node.js"),
    ("Go-http-client/", "Go"),
];

pub fn program(agent: &str) -> Option<Product> {
    let (mark, name) = PROGRAMS.iter().find(|(mark, _)| agent.starts_with(mark))?;
    Some(Product { name, version: leading_digits(&agent[mark.len()..]), precision: BROWSER })
}

/// `os` tells Safari from other browsers on WebKit. Of two that say as much, the hint is taken.
pub fn browser(agent: &str, brands: Option<&str>, os: &str) -> Option<Product> {
    let hinted = brands.and_then(brand);
    let said = best(TOKENS.iter().filter_map(|(mark, name, precision)| {
        Some(Product { name, version: leading_digits(after(agent, mark)?), precision: *precision })
    }));
    best(hinted.into_iter().chain(said).chain(window(agent, os)).chain(webkit(agent, os)))
}

/// The most precise, and of these the first.
fn best(products: impl Iterator<Item = Product>) -> Option<Product> {
    products.reduce(|best, next| if next.precision > best.precision { next } else { best })
}

/// From `"Chromium";v="156", "Not.A/Brand";v="99"`.
fn brand(brands: &str) -> Option<Product> {
    best(BRANDS.iter().filter_map(|(mark, name, precision)| {
        let (_, after) = brands.split_once(&format!("\"{mark}\";v=\""))?;
        Some(Product { name, version: leading_digits(after), precision: *precision })
    }))
}

/// An app that shows pages without saying which it is: Android's WebView says "wv", and that of iOS names no Safari.
fn window(agent: &str, os: &str) -> Option<Product> {
    let is_android = os == "Android" && (agent.contains("; wv)") || agent.contains("Version/4.0 Chrome/"));
    let is_apple = matches!(os, "iPhone" | "iPad" | "macOS")
        && agent.contains("AppleWebKit/")
        && !agent.contains("Safari/")
        && !agent.contains("Chrome/");
    (is_android || is_apple).then(|| Product { name: "App", version: String::new(), precision: WINDOW })
}

/// Safari says its version as "Version/"; so does everybody else on WebKit, and Safari is Apple's alone.
fn webkit(agent: &str, os: &str) -> Option<Product> {
    let version = after(agent, "Version/").filter(|_| agent.contains("Safari/"))?;
    let name = match os {
        "iPhone" | "iPad" | "macOS" => "Safari",
        "Android" => "Android Browser",
        _ => "WebKit",
    };
    Some(Product { name, version: leading_digits(version), precision: ENGINE })
}

fn leading_digits(text: &str) -> String {
    text.chars().take_while(char::is_ascii_digit).take(5).collect()
}
