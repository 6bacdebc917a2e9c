//! Making known on this node at once what has begun and ended; the feed tells the others. Runs in: the server.

use uuid::Uuid;

use super::{grant::Grantee, record::ending};
use tabkey_verifier::trust;

use crate::server::{
    auth::node::{Auth, feed},
    clock::seconds,
    store::{AllEnded, Begun, Ended, Ending, Gone, Notice},
};
use tabkey_core::{self, EndReason};

/// Makes the end of sessions known to this node at once; the feed tells the others.
pub fn these(auth: &Auth, sessions: impl IntoIterator<Item = Ended>, ending: &Ending) {
    for session in sessions {
        feed::end(auth, session.user_id, session.session_id, told(ending), session.until);
    }
}

/// The same of all sessions of a person but one; answers how many there were.
pub fn all(auth: &Auth, ended: AllEnded, ending: &Ending) -> u64 {
    let AllEnded { user_id, below, kept, until, count } = ended;
    feed::end_all(auth, user_id, trust::AllEnded { below, kept, ended: told(ending), until });
    count
}

/// What a link ended; answers how many there were.
pub fn gone(auth: &Auth, gone: Gone, ending: &Ending) -> u64 {
    match gone {
        Gone::All(ended) => all(auth, ended, ending),
        Gone::These(ended) => {
            let count = ended.len() as u64;
            these(auth, ended, ending);
            count
        }
    }
}

fn told(ending: &Ending) -> tabkey_core::Ended {
    tabkey_core::Ended { reason: ending.reason, at: seconds(ending.at), by: ending.by.clone() }
}

/// Makes a new session known: the person's other devices see it, and what ended for it goes dark.
pub fn began(auth: &Auth, to: &Grantee, begun: Begun, now: i64) {
    these(auth, begun.replaced, &ending(EndReason::SignedOut, None, now));
    these(auth, begun.surplus, &ending(EndReason::TooMany, None, now));
    devices_changed(auth, to.user.id, Some(to.session));
    // Perhaps a new device is to be told of.
    auth.mail_waits.notify_one();
}

/// Lets the person's open pages, on every node, show their devices anew. Nobody waits for it.
pub fn devices_changed(auth: &Auth, user: Uuid, new: Option<Uuid>) {
    let store = auth.store.clone();
    tokio::spawn(async move { store.tell(Notice::DevicesChanged { user, new }).await });
}
