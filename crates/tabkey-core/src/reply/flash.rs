//! What a form that the browser posted by itself hands to the page that follows. Runs in: both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a form has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    MailSent,
    PasswordSet,
    EmailConfirmed,
    EmailChanged,
    /// An account is with its owner again, and its password is locked.
    Regained,
}

impl Outcome {
    pub const ALL: [Self; 5] =
        [Self::MailSent, Self::PasswordSet, Self::EmailConfirmed, Self::EmailChanged, Self::Regained];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::MailSent => "mail_sent",
            Self::PasswordSet => "password_set",
            Self::EmailConfirmed => "email_confirmed",
            Self::EmailChanged => "email_changed",
            Self::Regained => "regained",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

/// For one page: what was done, or what was typed into a form that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub outcome: Option<Outcome>,
    typed: BTreeMap<String, String>,
}

impl Flash {
    /// What comes back of a form: no password and no token.
    pub const FIELDS: [&str; 3] = ["email", "display_name", "remember"];

    pub fn done(outcome: Outcome) -> Self {
        Self { outcome: Some(outcome), typed: BTreeMap::new() }
    }

    pub fn and(self, outcome: Option<Outcome>) -> Self {
        Self { outcome, ..self }
    }

    /// Takes what `value` finds of each field.
    pub fn typed(value: impl Fn(&str) -> Option<String>) -> Self {
        let typed = Self::FIELDS.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?)));
        Self { outcome: None, typed: typed.filter(|(_, value)| !value.is_empty()).collect() }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.typed.get(name).map(String::as_str)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.typed.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_the_same_word_everywhere() {
        for outcome in Outcome::ALL {
            assert_eq!(serde_json::to_value(outcome).expect("a word"), outcome.as_str());
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
        }
        assert_eq!(Outcome::parse("you have won"), None);
    }
}
