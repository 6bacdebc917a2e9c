//! What a mail is to tell, as it waits in the database. Runs in: the server.

use serde::{Deserialize, Serialize};
use tabkey_core::link_life;

/// No link is in it: that is made when the mail is written. Times are unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// Somebody asked for a new password.
    ResetPassword(Occasion),
    /// Is this address yours?
    VerifyEmail,
    /// The same, for an address that an account is to change to.
    ConfirmEmail {
        email: String,
    },
    /// To the address that the account had.
    EmailChanged {
        old: String,
        new: String,
        at: i64,
    },
    PasswordChanged(Occasion),
    /// A sign-in on a device that the account did not have.
    NewDevice(Occasion),
    /// Two parties used one refresh token.
    Reuse(Occasion),
    /// A hundred wrong passwords in a row.
    PasswordDisabled(Occasion),
    /// To the operators: somebody says that it was not them.
    NotMe {
        email: String,
        at: i64,
    },
    /// The account goes at this time.
    Deletion {
        at: i64,
    },
}

impl Letter {
    /// Whether it goes to nobody but who has confirmed that the address is theirs. What was asked for at an address, and
    /// what is to confirm it, goes there before that; whether the former address had been confirmed was seen at the change.
    pub fn needs_confirmed(&self) -> bool {
        match self {
            Self::ResetPassword(_) | Self::VerifyEmail | Self::ConfirmEmail { .. } | Self::EmailChanged { .. } => false,
            Self::PasswordChanged(_)
            | Self::NewDevice(_)
            | Self::Reuse(_)
            | Self::PasswordDisabled(_)
            | Self::NotMe { .. }
            | Self::Deletion { .. } => true,
        }
    }

    /// Whether the next of its kind makes it untrue, where others are gathered.
    pub fn is_overtaken_by_the_next(&self) -> bool {
        matches!(self, Self::Deletion { .. })
    }
}

/// When, on what device, from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occasion {
    pub at: i64,
    pub session: Option<uuid::Uuid>,
    pub device: Option<String>,
    pub address: Option<String>,
}

/// What a link in a mail is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    ResetPassword,
    VerifyEmail,
    ConfirmEmail,
    UndoEmail,
    NotMe,
}

impl Purpose {
    /// Milliseconds that a link is good for.
    pub fn life(self) -> i64 {
        let seconds = match self {
            Self::ResetPassword => link_life::RESET_PASSWORD,
            Self::VerifyEmail => link_life::VERIFY_EMAIL,
            Self::ConfirmEmail => link_life::CONFIRM_EMAIL,
            Self::UndoEmail => link_life::UNDO_EMAIL,
            Self::NotMe => link_life::NOT_ME,
        };
        i64::from(seconds) * 1_000
    }
}
