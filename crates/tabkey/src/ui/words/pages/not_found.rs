//! The words of the page that is not there. Runs in: both.

/// An address that leads nowhere.
#[derive(Clone, Copy)]
pub struct NotFoundWords {
    pub title: &'static str,
    pub heading: &'static str,
    pub text: &'static str,
    pub home: &'static str,
}

impl NotFoundWords {
    pub const ENGLISH: Self = Self {
        title: "Not found",
        heading: "There is nothing here",
        text: "The address may be mistyped, or the page has moved.",
        home: "Go to the start page",
    };
}
