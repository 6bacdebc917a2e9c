//! The words that many pages and their forms have in common. Runs in: both.

/// Fields, buttons and lists wherever they are.
#[derive(Clone, Copy)]
pub struct FormWords {
    pub password: &'static str,
    pub new_password: &'static str,
    /// The fewest characters of a password.
    pub new_password_hint: fn(least: u64) -> String,
    pub show: &'static str,
    pub hide: &'static str,
    /// After `show` or `hide`, for a screen reader: the field's label.
    pub what_is_shown: fn(label: &str) -> String,
    pub cancel: &'static str,
    /// What a screen reader says of what is yet to come.
    pub loading: &'static str,
    /// What a screen reader calls the way to other pages of a list.
    pub pages: &'static str,
}

impl FormWords {
    pub const ENGLISH: Self = Self {
        password: "Password",
        new_password: "New password",
        new_password_hint: |least| {
            format!("At least {least} characters. A few words that nobody would put together do well.")
        },
        show: "Show",
        hide: "Hide",
        what_is_shown: |label| format!(" {}", label.to_lowercase()),
        cancel: "Cancel",
        loading: "Loading",
        pages: "Pages",
    };
}
