//! What was typed into a form that the browser posted by itself, and that came back. Runs in: both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// By the names of [`Typed::FIELDS`] alone: no password and no token comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed(BTreeMap<String, String>);

impl Typed {
    pub const FIELDS: [&str; 3] = ["email", "display_name", "remember"];

    /// Takes what `value` finds of each.
    pub fn new(value: impl Fn(&str) -> Option<String>) -> Self {
        Self(Self::FIELDS.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?))).collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
