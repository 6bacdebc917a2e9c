//! The system that a browser runs on, and what kind of thing that is. Runs in: the server.

use super::after;

/// In the order in which they must be looked for: an Android is also a Linux, and an iPhone "like Mac OS X".
const SYSTEMS: [(&str, &str); 16] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("iPod", "iPhone"),
    ("Windows Phone", "Windows Phone"),
    ("Tizen", "Tizen"),
    ("Web0S", "webOS"),
    ("KAIOS", "KaiOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
    ("X11", "Unix"),
];

/// Empty where nothing says it. A browser that asks for the desktop's pages hides its system in the `User-Agent` and says it
/// in the hint; a hint of "iOS" or "Linux" says less than an "iPhone" or "Android" there.
pub fn find(agent: &str, hint: Option<&str>) -> &'static str {
    let said = SYSTEMS.iter().find(|(mark, _)| after(agent, mark).is_some()).map_or("", |(_, name)| *name);
    // An iPad that asks for the desktop's pages says that it is a Mac; but no Mac has these.
    if said == "macOS" && ["FxiOS/", "CriOS/", "EdgiOS/"].iter().any(|mark| after(agent, mark).is_some()) {
        return "iPad";
    }
    match (hint.map(|hint| hint.trim().trim_matches('"')), said) {
        (Some("iOS"), "iPhone" | "iPad") => said,
        (Some("iOS"), _) => "iPhone",
        (Some("Linux"), "" | "Unix") => "Linux",
        (Some("Android"), "HarmonyOS") => said,
        (Some("Android"), _) => "Android",
        (Some("Windows"), _) => "Windows",
        (Some("macOS"), _) => "macOS",
        (Some("Chrome OS" | "ChromeOS" | "Chromium OS"), _) => "ChromeOS",
        _ => said,
    }
}

/// `desktop`, `phone`, `tablet` or `other`.
pub fn kind(agent: &str, mobile: Option<&str>, os: &str) -> &'static str {
    match os {
        "Tizen" | "webOS" if !agent.contains("Mobile") => "other",
        "iPad" => "tablet",
        "iPhone" | "KaiOS" | "Windows Phone" | "Tizen" => "phone",
        "Android" | "HarmonyOS" if mobile == Some("?1") || agent.contains("Mobile") => "phone",
        "Android" | "HarmonyOS" => "tablet",
        _ => "desktop",
    }
}
