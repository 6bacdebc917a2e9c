//! What a person wants to be called. Runs in: both.

use crate::{Email, FieldError, text};

/// 1 to 64 characters, one line, no control or bidirectional formatting characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    pub const MAX_CHARS: usize = 64;

    /// A blank input stands for the part of the address before the @.
    pub fn parse_or_from(input: &str, email: &Email) -> Result<Self, FieldError> {
        if input.trim().is_empty() {
            return Ok(Self(email.local_part().chars().take(Self::MAX_CHARS).collect()));
        }
        text::parse_line(input, Self::MAX_CHARS).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
