//! The words of the table of the log. Runs in: both.

/// The table of the log.
#[derive(Clone, Copy)]
pub struct LogTableWords {
    pub when: &'static str,
    pub what: &'static str,
    pub by: &'static str,
}

impl LogTableWords {
    pub const ENGLISH: Self = Self { when: "When", what: "What", by: "By" };
}
