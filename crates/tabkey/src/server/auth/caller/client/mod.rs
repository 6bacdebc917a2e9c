//! What a person would call the thing they sit at, from what their browser says of itself. Runs in: the server.
//!
//! All of it is said by whoever asks, and nothing is decided by it: names come from our tables, and only digits from outside.

mod products;
mod systems;
#[cfg(test)]
mod tests;

use super::visitor::Visitor;

/// A device in words; every part may be empty but the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// For example `Chromium on Linux`.
    pub name: String,
    /// For example `Chromium 156`.
    pub browser: String,
    pub os: &'static str,
    /// `desktop`, `phone`, `tablet` or `other`.
    pub kind: &'static str,
}

pub fn describe(visitor: &Visitor) -> Client {
    let agent = visitor.user_agent.as_str();
    let os = systems::find(agent, visitor.platform.as_deref());
    let program = products::program(agent);
    let product = program.as_ref().cloned().or_else(|| products::browser(agent, visitor.brands.as_deref(), os));
    let kind = if program.is_some() || (product.is_none() && os.is_empty()) {
        "other"
    } else {
        systems::kind(agent, visitor.mobile.as_deref(), os)
    };
    let (browser, version) = product.map_or(("", String::new()), |product| (product.name, product.version));
    let name = match (browser, os) {
        ("", "") => "Unknown device".into(),
        ("", os) => os.into(),
        (browser, "") => browser.into(),
        (browser, os) => format!("{browser} on {os}"),
    };
    Client { name, browser: format!("{browser} {version}").trim().to_owned(), os, kind }
}

/// Where `mark` stands as the beginning of a word: what follows it.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let (at, _) = text.match_indices(mark).find(|(at, _)| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric())
    })?;
    Some(&text[at + mark.len()..])
}
