//! Who the first HTML is for. Runs in: both.

use serde::{Deserialize, Serialize};

use crate::{Ended, Flash, MIN_PASSWORD_LENGTH, Profile, SessionTimes, User};

/// The person that the server recognised by the refresh cookie when it drew the page. Written into the HTML, so it holds
/// nothing that could authenticate a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub user: User,
    pub session: SessionTimes,
}

/// What the server knew when it drew the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawnFor {
    /// It could not tell: the database did not answer, or the browser kept the cookie back (a link in a mail).
    #[default]
    Unknown,
    /// There was no cookie that a refresh would honour; with the reason where its session has ended.
    Nobody(Option<Ended>),
    Person(Identity),
}

/// What the site's settings promise, for the words of a page. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Site {
    /// Characters.
    pub min_password: usize,
    /// Without use, on a shared computer.
    pub shared_idle: u64,
    /// To change one's mind about the end of an account.
    pub deletion_grace: u64,
    /// Whether anybody may make an account.
    pub sign_up: bool,
}

/// A page as the server drew it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// Unix seconds by the server's clock: what "2 minutes ago" is counted from, whatever the device's clock says.
    pub at: i64,
    pub person: DrawnFor,
    /// Which rules hold in the tab.
    #[serde(default)]
    pub profile: Profile,
    /// What the hint cookie is called here.
    #[serde(default)]
    pub hint_cookie: String,
    #[serde(default)]
    pub site: Site,
    /// What a form that was posted without the WASM hands to this page.
    #[serde(default)]
    pub flash: Flash,
}

impl Default for Site {
    fn default() -> Self {
        Self { min_password: MIN_PASSWORD_LENGTH, shared_idle: 3_600, deletion_grace: 7 * 86_400, sign_up: true }
    }
}
