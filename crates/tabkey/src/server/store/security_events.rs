//! The append-only record of what matters to an owner or an operator (OWASP Logging Cheat Sheet). Runs in: the server.

use uuid::Uuid;

use super::{Connection, Durability, Store, StoreError, notices::insert_notice, on};
use crate::server::mail::{Letter, Occasion};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityEventKind {
    SignedUp,
    SignedIn,
    SignInFailed,
    /// Too many tries: not even a right password was looked at.
    SignInRefused,
    /// A hundred wrong passwords in a row.
    PasswordDisabled,
    /// The owner went on with a session by the password.
    Continued,
    SignedOut,
    Revoked,
    RevokedOthers,
    Reuse,
    /// A refresh token was ahead of the database: it was restored, or a failover lost writes.
    Healed,
    LimitReached,
    /// The person proved their password again, in a session that goes on.
    SteppedUp,
    PasswordChanged,
    RoleGranted,
    RoleRevoked,
    Blocked,
    Unblocked,
    /// An admin lets every session of an account run out at its next refresh.
    SignInAgain,
    /// A sign-in on a device that the account did not have.
    NewDevice,
    /// A link for a new password was asked for, or used.
    ResetAsked,
    PasswordReset,
    EmailVerified,
    EmailChangeAsked,
    EmailChanged,
    EmailChangedBack,
    /// The owner says that something in the log was not their doing.
    NotMe,
    DeletionAsked,
    DeletionStopped,
    Exported,
    /// Of nobody in particular.
    KeysRotated,
}

impl SecurityEventKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedUp => "signed_up",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignInRefused => "sign_in_refused",
            Self::PasswordDisabled => "password_disabled",
            Self::Continued => "continued",
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::RevokedOthers => "revoked_others",
            Self::Reuse => "reuse",
            Self::Healed => "healed",
            Self::LimitReached => "limit_reached",
            Self::SteppedUp => "stepped_up",
            Self::PasswordChanged => "password_changed",
            Self::RoleGranted => "role_granted",
            Self::RoleRevoked => "role_revoked",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::SignInAgain => "sign_in_again",
            Self::NewDevice => "new_device",
            Self::ResetAsked => "reset_asked",
            Self::PasswordReset => "password_reset",
            Self::EmailVerified => "email_verified",
            Self::EmailChangeAsked => "email_change_asked",
            Self::EmailChanged => "email_changed",
            Self::EmailChangedBack => "email_changed_back",
            Self::NotMe => "not_me",
            Self::DeletionAsked => "deletion_asked",
            Self::DeletionStopped => "deletion_stopped",
            Self::Exported => "exported",
            Self::KeysRotated => "keys_rotated",
        }
    }
}

/// Who, when, from where; never a credential.
#[derive(Clone, Debug)]
pub struct SecurityEvent {
    pub at: i64,
    pub kind: SecurityEventKind,
    pub user_id: Option<Uuid>,
    /// Who did it, where that was somebody else.
    pub actor_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub device: Option<String>,
    pub address: Option<String>,
    /// What exactly happened, where the kind alone does not say it: the name of a role, say.
    pub detail: Option<String>,
}

impl Store {
    pub async fn save_event(&self, event: SecurityEvent) -> Result<(), StoreError> {
        self.writer
            .write_one(Durability::Relaxed, move |connection| {
                Box::pin(async move { insert_event(connection, &event).await })
            })
            .await
    }
}

pub(super) async fn insert_event(connection: &mut Connection, event: &SecurityEvent) -> Result<(), StoreError> {
    let sql = "INSERT INTO security_events (at, kind, user_id, session_id, device, address, detail, actor_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    on!(connection, c => {
        let insert = sqlx::query(sql).bind(event.at).bind(event.kind.as_str()).bind(event.user_id);
        let insert = insert.bind(event.session_id).bind(&event.device).bind(&event.address).bind(&event.detail);
        insert.bind(event.actor_id).execute(c).await?;
    });
    match (event.user_id, notice(event)) {
        (Some(user_id), Some((kind, letter))) => insert_notice(connection, user_id, kind, &letter, event.at).await,
        _ => Ok(()),
    }
}

/// What the owner is told, by the same commit, and as which kind of notice.
fn notice(event: &SecurityEvent) -> Option<(&'static str, Letter)> {
    let occasion = || Occasion {
        at: event.at,
        session: event.session_id,
        device: event.device.clone(),
        address: event.address.clone(),
    };
    match event.kind {
        SecurityEventKind::NewDevice => Some(("new_device", Letter::NewDevice(occasion()))),
        SecurityEventKind::Reuse => Some(("reuse", Letter::Reuse(occasion()))),
        SecurityEventKind::PasswordDisabled => Some(("password_disabled", Letter::PasswordDisabled(occasion()))),
        SecurityEventKind::PasswordChanged | SecurityEventKind::PasswordReset => {
            Some(("password_changed", Letter::PasswordChanged(occasion())))
        }
        _ => None,
    }
}
