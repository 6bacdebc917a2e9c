//! The security log in words, for its owner and for an admin. Runs in: both.

/// Every kind of event, and what it is called.
pub const KINDS: [(&str, &str); 31] = [
    ("signed_up", "Signed up"),
    ("signed_in", "Signed in"),
    ("sign_in_failed", "Wrong password"),
    ("sign_in_refused", "Too many tries, refused"),
    ("password_disabled", "Password disabled after a hundred wrong ones"),
    ("new_device", "New device"),
    ("continued", "Went on by the password"),
    ("signed_out", "Signed out"),
    ("stepped_up", "Confirmed the password"),
    ("password_changed", "Changed the password"),
    ("reset_asked", "Asked for a new password"),
    ("password_reset", "Set a new password by mail"),
    ("email_verified", "Address confirmed"),
    ("email_change_asked", "Asked for another address"),
    ("email_changed", "Address changed"),
    ("email_changed_back", "Address changed back"),
    ("revoked", "Device signed out"),
    ("revoked_others", "All devices signed out"),
    ("reuse", "Copied sign-in ended"),
    ("healed", "Token ahead of the database"),
    ("limit_reached", "Session ran out"),
    ("not_me", "“This wasn’t me”"),
    ("deletion_asked", "Asked to delete the account"),
    ("deletion_stopped", "Deletion stopped"),
    ("exported", "Took a copy of the account"),
    ("role_granted", "Role given"),
    ("role_revoked", "Role taken"),
    ("blocked", "Blocked"),
    ("unblocked", "Unblocked"),
    ("sign_in_again", "Asked to sign in again"),
    ("keys_rotated", "Keys rotated"),
];

/// What a line says. A kind that has no words here is shown as it is.
pub fn log_line(kind: &str, detail: Option<&str>) -> String {
    match detail {
        Some(detail) => format!("{}: {}", words(kind), words(detail)),
        None => words(kind).to_owned(),
    }
}

fn words(kind: &str) -> &str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or(kind, |(_, words)| *words)
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

pub fn disowned(revoked: u64) -> String {
    match revoked {
        0 => "Thank you for saying so. No device that came in since is still signed in.".into(),
        1 => "One device was signed out.".into(),
        n => format!("{n} devices were signed out."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_happened_and_what_is_unknown_stays_as_it_is() {
        assert_eq!(log_line("signed_in", None), "Signed in");
        assert_eq!(log_line("role_granted", Some("clerk")), "Role given: clerk");
        assert_eq!(log_line("not_me", Some("reuse")), "“This wasn’t me”: Copied sign-in ended");
        assert_eq!(log_line("from_the_future", None), "from_the_future");
    }
}
