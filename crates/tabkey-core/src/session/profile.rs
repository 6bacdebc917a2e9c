//! How a site's sign-ins are kept: the one setting that decides what outlives a page. Runs in: both.

use serde::{Deserialize, Serialize};

/// Seconds after an access token's end in which the password still continues its session.
const GRACE: u64 = 60;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// A refresh cookie that no script can read: a sign-in outlives reloads and restarts, in all tabs of a browser.
    #[default]
    Standard,
    /// No refresh at all: the password continues a session, and the page's end is the sign-in's.
    Banking,
    /// The refresh token is in the tab's memory: silent renewal, and the page's end is the sign-in's.
    Tab,
}

impl Profile {
    pub const ALL: [Self; 3] = [Self::Standard, Self::Banking, Self::Tab];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Banking => "banking",
            Self::Tab => "tab",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == name)
    }

    /// Whether the browser keeps the sign-in; if not, each tab is a session of its own.
    pub fn keeps_cookies(self) -> bool {
        self == Self::Standard
    }

    /// Whether only the person, by their password, brings the next access token.
    pub fn asks_for_password(self) -> bool {
        self == Self::Banking
    }

    /// Seconds after the end of an access token that lived `life` seconds in which the password continues its session.
    pub fn grace(life: u64) -> u64 {
        GRACE.min(life)
    }
}
