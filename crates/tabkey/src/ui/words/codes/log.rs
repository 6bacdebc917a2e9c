//! The security log in words, for its owner and for an admin. Runs in: both.

use super::super::Words;

/// A kind of event is a field of this name: no kind has no words.
macro_rules! kinds {
    ($($kind:ident: $english:literal,)*) => {
        /// Every kind of event, and what it is called.
        #[derive(Clone, Copy)]
        pub struct LogWords {
            $(pub $kind: &'static str,)*
        }

        impl LogWords {
            pub const ENGLISH: Self = Self { $($kind: $english,)* };

            /// Every kind as the log has it, with its words.
            pub fn kinds(&self) -> [(&'static str, &'static str); [$($english),*].len()] {
                [$((stringify!($kind), self.$kind)),*]
            }
        }
    };
}

kinds! {
    signed_up: "Signed up",
    signed_in: "Signed in",
    sign_in_failed: "Wrong password",
    sign_in_refused: "Too many tries, refused",
    password_disabled: "Password disabled after too many wrong ones",
    new_device: "New device",
    continued: "Went on by the password",
    signed_out: "Signed out",
    stepped_up: "Confirmed the password",
    password_changed: "Changed the password",
    reset_asked: "Asked for a new password",
    password_reset: "Set a new password by mail",
    email_verified: "Address confirmed",
    email_change_asked: "Asked for another address",
    email_changed: "Address changed",
    email_changed_back: "Address changed back",
    revoked: "Device signed out",
    revoked_others: "All devices signed out",
    reuse: "Copied sign-in ended",
    healed: "Token ahead of the database",
    limit_reached: "Session ran out",
    not_me: "“This wasn’t me”",
    deletion_asked: "Asked to delete the account",
    deletion_stopped: "Deletion stopped",
    exported: "Took a copy of the account",
    role_granted: "Role given",
    role_revoked: "Role taken",
    blocked: "Blocked",
    unblocked: "Unblocked",
    sign_in_again: "Asked to sign in again",
    keys_rotated: "Keys rotated",
}

impl Words {
    /// What a line says. A kind that has no words here is shown as it is.
    pub fn log_line(&self, kind: &str, detail: Option<&str>) -> String {
        let kinds = self.log.kinds();
        let said = |kind| kinds.iter().find(|(known, _)| *known == kind).map_or(kind, |(_, words)| *words);
        match detail {
            Some(detail) => format!("{}: {}", said(kind), said(detail)),
            None => said(kind).to_owned(),
        }
    }
}

/// Lines that deserve a second look.
pub fn is_serious(kind: &str) -> bool {
    matches!(
        kind,
        "reuse"
            | "new_device"
            | "password_disabled"
            | "password_changed"
            | "password_reset"
            | "email_changed"
            | "not_me"
            | "blocked"
    )
}

/// Lines behind which somebody may stand who came in.
pub fn can_be_disowned(kind: &str) -> bool {
    matches!(
        kind,
        "signed_in"
            | "new_device"
            | "reuse"
            | "revoked"
            | "revoked_others"
            | "password_changed"
            | "password_reset"
            | "email_change_asked"
            | "email_changed"
            | "stepped_up"
            | "exported"
    )
}

#[cfg(test)]
mod tests {
    use crate::ui::words::ENGLISH;

    #[test]
    fn a_line_says_what_happened_and_what_is_unknown_stays_as_it_is() {
        assert_eq!(ENGLISH.log_line("signed_in", None), "Signed in");
        assert_eq!(ENGLISH.log_line("role_granted", Some("clerk")), "Role given: clerk");
        assert_eq!(ENGLISH.log_line("not_me", Some("reuse")), "“This wasn’t me”: Copied sign-in ended");
        assert_eq!(ENGLISH.log_line("from_the_future", None), "from_the_future");
    }
}
