//! The other tabs of this browser. What is said here holds no token. Runs in: the browser.

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

use super::machine::Peer;

const CHANNEL: &str = "tabkey";

pub struct Peers(Option<BroadcastChannel>);

impl Peers {
    /// Listens until it is dropped. A browser without the interface has no peers.
    pub fn listen(heard: impl Fn(Peer) + 'static) -> Self {
        let channel = BroadcastChannel::new(CHANNEL).ok();
        if let Some(channel) = &channel {
            let listener = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
                let peer = message.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
                if let Some(peer) = peer {
                    heard(peer);
                }
            });
            channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
            listener.forget();
        }
        Self(channel)
    }

    pub fn are_there(&self) -> bool {
        self.0.is_some()
    }

    pub fn tell(&self, peer: &Peer) {
        if let (Some(channel), Ok(text)) = (&self.0, serde_json::to_string(peer)) {
            let _ = channel.post_message(&JsValue::from_str(&text));
        }
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        if let Some(channel) = &self.0 {
            channel.close();
        }
    }
}
