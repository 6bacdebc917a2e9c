//! Sentences that a page puts together, because there is more in them than words. Runs in: both.

/// A sentence around something that the page draws: a time, a name.
#[derive(Clone, Copy)]
pub struct Around {
    pub before: &'static str,
    /// May be empty.
    pub after: &'static str,
}

/// A sentence around two things that the page draws.
#[derive(Clone, Copy)]
pub struct Between {
    pub before: &'static str,
    pub between: &'static str,
    /// May be empty.
    pub after: &'static str,
}

/// A sentence with a link in it.
#[derive(Clone, Copy)]
pub struct Linked {
    pub before: &'static str,
    pub link: &'static str,
    /// May be empty.
    pub after: &'static str,
}

/// Words that need not be there: an empty text would be drawn as a space.
pub fn unless_empty(words: &'static str) -> Option<&'static str> {
    (!words.is_empty()).then_some(words)
}
