//! The words of the document around the app. Runs in: both.

/// The document around the app.
#[derive(Clone, Copy)]
pub struct DocumentWords {
    /// What search engines show.
    pub description: &'static str,
    /// Where the app has not come to life.
    pub unready: &'static str,
    pub reload: &'static str,
}

impl DocumentWords {
    pub const ENGLISH: Self = Self {
        description: "Sign-in for Leptos apps: tokens in memory, renewed silently, revocable at once.",
        unready: "This page isn’t working here. Your browser may be too old, or something may be blocking part of the page. Reload it; if that doesn’t help, try another browser, or switch off what changes pages.",
        reload: "Reload the page",
    };
}
