//! How many mails may be asked for: by one account, and for one mailbox, whoever asks. Runs in: the server.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::server::{
    auth::node::Auth,
    mail::Purpose,
    store::{MailRow, StoreError},
};

const HOUR: i64 = 3_600_000;
/// Mails of one kind that somebody may ask for, per account and hour, and per mailbox and hour.
const ASKED_FOR: i64 = 3;

/// Whether a mail may bring one more link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Go,
    /// The mailbox has got enough for other accounts: whoever makes those must not keep its owner from theirs.
    Hold,
    /// The account has asked for enough.
    Enough,
}

/// What the server sends by itself always goes. A mail is counted at its first try alone, and never against itself: a mail
/// server that puts everybody off once would be the end of it.
pub async fn of(
    auth: &Auth,
    row: &MailRow,
    purpose: Purpose,
    user: Uuid,
    to: &str,
    now: i64,
) -> Result<Pace, StoreError> {
    if !is_asked_for(purpose) || row.attempts > 1 {
        return Ok(Pace::Go);
    }
    let before = auth.store.count_links(user, purpose.as_str(), Some(row.id), now - HOUR).await?;
    if before >= ASKED_FOR {
        return Ok(Pace::Enough);
    }
    let mails = auth.store.count_mailbox(mailbox(to), purpose.as_str(), now).await?;
    Ok(if mails <= ASKED_FOR { Pace::Go } else { Pace::Hold })
}

/// Whether one more link for this purpose may be asked for now, to be sent to this address.
pub async fn may_ask_for(auth: &Auth, purpose: Purpose, user: Uuid, to: &str, now: i64) -> Result<bool, StoreError> {
    let account = auth.store.count_links(user, purpose.as_str(), None, now - HOUR).await?;
    Ok(account < ASKED_FOR && auth.store.find_mailbox(mailbox(to), purpose.as_str(), now).await? < ASKED_FOR)
}

fn is_asked_for(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::ResetPassword | Purpose::VerifyEmail | Purpose::ConfirmEmail)
}

/// One mailbox has many addresses: what follows a "+" (RFC 5233) does not make another one.
fn mailbox(address: &str) -> [u8; 32] {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let local = local.split('+').next().unwrap_or(local);
    Sha256::digest(format!("{local}@{domain}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_counted_once_whatever_its_address_carries() {
        assert_eq!(mailbox("ann+shop@example.org"), mailbox("ann@example.org"));
        assert_ne!(mailbox("ann@example.org"), mailbox("ann@example.com"));
        assert_ne!(mailbox("ann@example.org"), mailbox("bob@example.org"));
    }
}
