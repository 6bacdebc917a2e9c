//! The end of a person's account, after a grace. Runs in: the server.

use crate::server::{
    auth::{
        caller::{self, SignedIn, Visitor},
        node::Auth,
        session::{self, announce},
    },
    clock::{self, millis},
    store::SecurityEventKind,
};
use tabkey_core::{EndReason, Error, FieldError};

/// Ends every session now, and the account after the grace, unless somebody signs in before; answers when (unix seconds).
/// Errors: 401 `session_ended`, 422 `{"account":"last_admin"}` where nobody would be left to look after the others, 503.
pub async fn delete(auth: &Auth, me: &SignedIn, visitor: &Visitor) -> Result<i64, Error> {
    let now = clock::now();
    let delete_at = now + millis(auth.config.accounts.deletion_grace);
    let event = caller::event(visitor, SecurityEventKind::DeletionAsked, Some(me.user_id), Some(me.session_id));
    let ending = session::ending(EndReason::SignedOut, event.device.clone(), now);
    let planned = auth.store.plan_deletion(me.caller(), delete_at, ending.clone(), event).await?;
    let ended = planned.ok_or_else(|| Error::field("account", FieldError::LastAdmin))?;
    auth.mail_waits.notify_one();
    announce::all(auth, ended, &ending);
    Ok(clock::seconds(delete_at))
}
