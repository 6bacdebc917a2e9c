//! The words of the admin's first page. Runs in: both.

/// Who is here now, and every account; and the frame of the admin's pages.
#[derive(Clone, Copy)]
pub struct AdminWords {
    pub title: &'static str,
    /// What a screen reader calls the tabs.
    pub menu: &'static str,
    pub accounts_tab: &'static str,
    pub log_tab: &'static str,
    pub now: &'static str,
    pub people_online: &'static str,
    pub live_sessions: &'static str,
    /// What a screen reader calls the list.
    pub online_list: &'static str,
    /// What a screen reader calls the search.
    pub search: &'static str,
    pub search_label: &'static str,
    pub sort: &'static str,
    pub sort_newest: &'static str,
    pub sort_last_used: &'static str,
    pub sort_email: &'static str,
    pub show: &'static str,
    /// How many are shown, and whether there are more on the next page.
    pub found: fn(count: u64, has_more: bool) -> String,
    pub first_page: &'static str,
    pub next_page: &'static str,
    /// What a screen reader calls the part of the page with the table.
    pub table: &'static str,
    pub caption: &'static str,
    pub account: &'static str,
    pub roles: &'static str,
    pub devices: &'static str,
    pub last_used: &'static str,
    pub signed_up: &'static str,
    pub blocked: &'static str,
}

impl AdminWords {
    pub const ENGLISH: Self = Self {
        title: "Accounts",
        menu: "Admin",
        accounts_tab: "Accounts",
        log_tab: "Log",
        now: "Now",
        people_online: "People online",
        live_sessions: "Live sessions",
        online_list: "Online now",
        search: "Accounts",
        search_label: "Name or email begins with",
        sort: "Sort by",
        sort_newest: "Newest",
        sort_last_used: "Last used",
        sort_email: "Email",
        show: "Show",
        found: |count, has_more| match (count, has_more) {
            (0, _) => "No account is like that.".into(),
            (1, false) => "1 account".into(),
            (n, false) => format!("{n} accounts"),
            (n, true) => format!("{n} accounts, and more on the next page"),
        },
        first_page: "First page",
        next_page: "Next page",
        table: "List of accounts",
        caption: "Accounts",
        account: "Account",
        roles: "Roles",
        devices: "Devices",
        last_used: "Last used",
        signed_up: "Signed up",
        blocked: "Blocked",
    };
}
