//! The cookie that says whether a refresh is worth asking for. It holds no secret. Runs in: the browser.

use std::cell::RefCell;

use uuid::Uuid;
use wasm_bindgen::JsCast;

thread_local! {
    /// What the server calls it here.
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Learns from the page what the cookie is called here: any other is another application's.
pub fn learn(name: &str) {
    NAME.set(name.to_owned());
}

/// The session that the cookie names. Two of one name count as none, as they do on the server.
pub fn read() -> Option<Uuid> {
    let cookies = document()?.cookie().ok()?;
    NAME.with_borrow(|name| {
        let pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(known, _)| known == name).map(|(_, value)| value);
        let value = values.next().filter(|_| values.next().is_none())?;
        Uuid::try_parse(value.split('.').next()?).ok()
    })
}

/// Deletes it where it still names this session: a newer sign-in in another tab is not ours to forget.
pub fn forget(session: Uuid) {
    if read() != Some(session) {
        return;
    }
    if let Some(document) = document() {
        let name = NAME.with_borrow(Clone::clone);
        // The prefix demands it; without the prefix the cookie was set over plain http.
        let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
        let _ = document.set_cookie(&format!("{name}=; Path=/; Max-Age=0; SameSite=Strict{secure}"));
    }
}

fn document() -> Option<web_sys::HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}
