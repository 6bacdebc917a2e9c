//! The cookie that says whether a refresh is worth asking for. It holds no secret. Runs in: the browser.

use uuid::Uuid;
use wasm_bindgen::JsCast;

use crate::shared::{HINT_COOKIE, INSECURE_HINT_COOKIE};

/// The session that the cookie names.
pub fn read() -> Option<Uuid> {
    let cookies = document()?.cookie().ok()?;
    let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| [HINT_COOKIE, INSECURE_HINT_COOKIE].contains(name))?;
    Uuid::try_parse(value.split('.').next()?).ok()
}

/// Deletes it where it still names this session: a newer sign-in in another tab is not ours to forget.
pub fn forget(session: Uuid) {
    if read() != Some(session) {
        return;
    }
    if let Some(document) = document() {
        let _ = document.set_cookie(&format!("{HINT_COOKIE}=; Path=/; Max-Age=0; SameSite=Strict; Secure"));
        let _ = document.set_cookie(&format!("{INSECURE_HINT_COOKIE}=; Path=/; Max-Age=0; SameSite=Strict"));
    }
}

fn document() -> Option<web_sys::HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}
