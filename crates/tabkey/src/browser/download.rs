//! A file behind the token: a link cannot carry it. Runs in: the browser.

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, HtmlAnchorElement, Url};

use super::{abort::within, client::intercept, request::Recorded, tab};
use tabkey_core::Error;

/// Milliseconds that a file may take on its way, once its head has come.
const PATIENCE: u32 = 600_000;
/// Milliseconds after which a browser has surely begun to save what a link names: none says when it has.
const KEEP: u32 = 60_000;

/// Fetches what the route at `path` answers the person who is signed in, and saves it as `name`; all of it is in memory
/// meanwhile. Only in a browser. Errors: as any call's; of a reply that is none of ours, [`Error::Unreadable`].
pub async fn download(path: &str, name: &str) -> Result<(), Error> {
    let session = || tab::with(|tab| tab.state.session()).flatten();
    let whose = session();
    let reply = intercept(Recorded::get(path)).await?;
    if !reply.response().ok() {
        return Err(reply.json::<()>().await.err().unwrap_or(Error::Unreadable));
    }
    let body = reply.response().blob().map_err(|_| Error::Unreadable)?;
    let blob = within(PATIENCE, JsFuture::from(body)).await?.map_err(|_| Error::Offline)?;
    // Somebody else may sit here by now, or nobody.
    if session() != whose {
        return Err(Error::TokenMissing);
    }
    save(blob.unchecked_ref(), name).ok_or(Error::Unreadable)
}

/// By a link that nobody sees.
fn save(blob: &Blob, name: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let link: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    let address = Url::create_object_url_with_blob(blob).ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    spawn_local(async move {
        TimeoutFuture::new(KEEP).await;
        let _ = Url::revoke_object_url(&address);
    });
    Some(())
}
