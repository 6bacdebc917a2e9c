//! What outlives a page: why somebody was signed out, and a sign-out that the server has not heard of. Never a token.
//! Runs in: the browser.

use uuid::Uuid;
use web_sys::Storage;

use tabkey_core::Ended;

const REASON: &str = "tabkey.reason";
const SIGN_OUT_PENDING: &str = "tabkey.sign-out-pending";

/// Kept for this tab.
pub fn keep_reason(ended: Option<&Ended>) {
    let Some(storage) = session_storage() else { return };
    let _ = match ended.and_then(|ended| serde_json::to_string(ended).ok()) {
        Some(text) => storage.set_item(REASON, &text),
        None => storage.remove_item(REASON),
    };
}

pub fn reason() -> Option<Ended> {
    let text = session_storage()?.get_item(REASON).ok()??;
    serde_json::from_str(&text).ok()
}

/// Kept for all tabs.
pub fn keep_pending_sign_out(session: Uuid) {
    let _ = local_storage().map(|storage| storage.set_item(SIGN_OUT_PENDING, &session.to_string()));
}

/// A later sign-out is not ours to forget.
pub fn forget_pending_sign_out(session: Uuid) {
    if pending_sign_out() == Some(session) {
        let _ = local_storage().map(|storage| storage.remove_item(SIGN_OUT_PENDING));
    }
}

pub fn pending_sign_out() -> Option<Uuid> {
    let text = local_storage()?.get_item(SIGN_OUT_PENDING).ok()??;
    Uuid::try_parse(&text).ok()
}

fn session_storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

fn local_storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}
