//! The words of the admin's log. Runs in: both.

/// What happened, to whom and by whom.
#[derive(Clone, Copy)]
pub struct AdminLogWords {
    pub title: &'static str,
    /// What a screen reader calls the search.
    pub search: &'static str,
    pub kind: &'static str,
    pub every_kind: &'static str,
    pub user: &'static str,
    pub show: &'static str,
    pub user_malformed: &'static str,
    /// How many are shown, and whether there are older ones on the next page.
    pub found: fn(count: u64, has_more: bool) -> String,
    pub caption: &'static str,
    pub newest: &'static str,
    pub older: &'static str,
}

impl AdminLogWords {
    pub const ENGLISH: Self = Self {
        title: "Log",
        search: "Log",
        kind: "What",
        every_kind: "Everything",
        user: "Account’s email",
        show: "Show",
        user_malformed: "That is no email address. It looks like name@example.org.",
        found: |count, has_more| match (count, has_more) {
            (0, _) => "Nothing of that kind has happened.".into(),
            (1, false) => "1 line".into(),
            (n, false) => format!("{n} lines"),
            (n, true) => format!("{n} lines, and older ones on the next page"),
        },
        caption: "What happened, the newest first",
        newest: "Newest",
        older: "Older",
    };
}
