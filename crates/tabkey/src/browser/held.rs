//! What the tab itself holds where no cookie does, and what is its own because no other tab shares its session. Runs in: the
//! browser.

use super::{lock::REFRESH, tab::with};
use tabkey_core::{AccessToken, RefreshToken};

/// Tokens on their way into a call that shows the server whose it is; overwritten when they are dropped.
#[derive(Default)]
pub struct Held {
    pub access_token: Option<AccessToken>,
    pub refresh_token: Option<RefreshToken>,
}

/// Nothing where a cookie says it.
pub fn held() -> Held {
    let held = with(|tab| match tab.state.profile.keeps_cookies() {
        true => Held::default(),
        false => Held { access_token: tab.token.clone(), refresh_token: tab.refresh_token.clone() },
    });
    held.unwrap_or_default()
}

/// The lock's name: shared by all tabs of a browser, or this session's own where each tab is one.
pub fn lock_name() -> String {
    match with(|tab| (tab.state.profile.keeps_cookies(), tab.state.session())) {
        Some((false, Some(session))) => format!("{REFRESH}-{session}"),
        _ => REFRESH.to_owned(),
    }
}
