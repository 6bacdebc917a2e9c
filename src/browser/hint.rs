//! The cookie that says whether a refresh is worth asking for. It holds no secret. Runs in: the browser.

use std::cell::RefCell;

use uuid::Uuid;
use wasm_bindgen::JsCast;

use crate::shared::{HINT_COOKIE, INSECURE_HINT_COOKIE};

thread_local! {
    /// What ends the names of this installation's cookies.
    static SUFFIX: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Learns from the page what the cookie is called here.
pub fn learn_suffix(suffix: String) {
    SUFFIX.set(suffix);
}

/// The session that the cookie names.
pub fn read() -> Option<Uuid> {
    let cookies = document()?.cookie().ok()?;
    let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| names().iter().any(|known| known == name))?;
    Uuid::try_parse(value.split('.').next()?).ok()
}

fn names() -> [String; 2] {
    SUFFIX.with_borrow(|suffix| [HINT_COOKIE, INSECURE_HINT_COOKIE].map(|name| format!("{name}{suffix}")))
}

/// Deletes it where it still names this session: a newer sign-in in another tab is not ours to forget.
pub fn forget(session: Uuid) {
    if read() != Some(session) {
        return;
    }
    if let Some(document) = document() {
        let [secure, insecure] = names();
        let _ = document.set_cookie(&format!("{secure}=; Path=/; Max-Age=0; SameSite=Strict; Secure"));
        let _ = document.set_cookie(&format!("{insecure}=; Path=/; Max-Age=0; SameSite=Strict"));
    }
}

fn document() -> Option<web_sys::HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}
