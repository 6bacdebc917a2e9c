//! Links that go out by mail: 256 random bits of which only the SHA-256 is kept, good for one use and a while. Runs in: the
//! server.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::server::{
    auth::{caller::Secret, node::Auth},
    clock,
    mail::Purpose,
    store::{Lock, NewLink},
};
use tabkey_core::{Error, LinkFault};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Milliseconds after a change of address when no link can take it back any more: a mail is tried for three days, and its link
/// is as old as its last try. So long the former address is reserved.
pub const UNDO_IS_OVER: i64 = 10 * DAY + 60 * MINUTE;
/// Characters of base64url for 32 bytes.
const ENCODED: usize = 43;

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
            Self::ConfirmEmail => "confirm_email",
            Self::UndoEmail => "undo_email",
            Self::NotMe => "not_me",
        }
    }

    /// The page that the link opens. A page does nothing by itself: mail scanners open links too.
    pub fn page(self) -> &'static str {
        match self {
            Self::ResetPassword => "/reset-password",
            Self::VerifyEmail => "/verify-email",
            Self::ConfirmEmail => "/confirm-email",
            Self::UndoEmail => "/undo-email",
            Self::NotMe => "/not-me",
        }
    }
}

/// A token, and the link as it is stored.
pub fn new(purpose: Purpose, mail_id: Uuid, user_id: Uuid, detail: String, now: i64) -> (Secret, NewLink) {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).expect("the operating system has randomness");
    let link = NewLink {
        token_hash: Sha256::digest(bytes.as_ref()).into(),
        mail_id,
        user_id,
        purpose: purpose.as_str(),
        detail,
        created_at: now,
        expires_at: now + purpose.life(),
    };
    (Secret(URL_SAFE_NO_PAD.encode(bytes.as_ref())), link)
}

/// Where a link leads: built from the configured origin, never from a request.
pub fn address(auth: &Auth, purpose: Purpose, token: &Secret) -> String {
    format!("{}{}?token={}", auth.config.server.public_url, purpose.page(), token.0)
}

/// Shuts an account whose password somebody else may know, until its owner has chosen another with this token: else whoever
/// knows it would be back before them.
pub fn lock(auth: &Auth, user_id: Uuid, now: i64) -> (Secret, Lock) {
    let (token, next) = new(Purpose::ResetPassword, Uuid::now_v7(), user_id, "{}".into(), now);
    (token, Lock { hash: auth.hasher.locked(), next })
}

/// A link that may be used now.
pub struct Live {
    pub token_hash: [u8; 32],
    pub user_id: Uuid,
    pub detail: String,
}

/// Errors: 410 `link_invalid` with why; 503.
pub async fn find(auth: &Auth, purpose: Purpose, token: &str) -> Result<Live, Error> {
    let fault = |why| Error::LinkInvalid { why };
    let token_hash = hash(token).ok_or(fault(LinkFault::Unknown))?;
    let row = auth.store.find_link(token_hash).await?.filter(|row| row.purpose == purpose.as_str());
    match row {
        None => Err(fault(LinkFault::Unknown)),
        Some(row) if row.used_at.is_some() => Err(fault(LinkFault::Used)),
        Some(row) if row.expires_at <= clock::now() => Err(fault(LinkFault::Expired)),
        Some(row) => Ok(Live { token_hash, user_id: row.user_id, detail: row.detail }),
    }
}

fn hash(token: &str) -> Option<[u8; 32]> {
    let bytes =
        Some(token).filter(|token| token.len() == ENCODED).and_then(|token| URL_SAFE_NO_PAD.decode(token).ok())?;
    (bytes.len() == 32).then(|| Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_hash_and_no_two_are_alike() {
        let make = || new(Purpose::ResetPassword, Uuid::nil(), Uuid::nil(), String::new(), 1_000);
        let ((token, link), (other, _)) = (make(), make());
        assert_eq!(hash(&token.0), Some(link.token_hash));
        assert_ne!(token.0, other.0);
        assert_eq!(link.expires_at, 1_000 + 30 * MINUTE);
    }

    #[test]
    fn rubbish_has_no_hash() {
        for rubbish in
            ["", "x", &"A".repeat(42), &"A".repeat(44), &"ä".repeat(43), &"=".repeat(43), &"A".repeat(1_000_000)]
        {
            assert_eq!(hash(rubbish), None);
        }
    }
}
