//! The words of the admin's page of one account. Runs in: both.

use super::super::Between;

/// One account, and what an admin may do to it.
#[derive(Clone, Copy)]
pub struct AdminUserWords {
    pub title: &'static str,
    pub email: &'static str,
    pub signed_up: &'static str,
    pub last_used: &'static str,
    pub blocked: &'static str,
    pub sign_in_after: &'static str,
    pub block: &'static str,
    pub unblock: &'static str,
    pub working: &'static str,
    /// How many devices were signed out.
    pub was_blocked: fn(revoked: u64) -> String,
    pub was_unblocked: &'static str,
    pub sign_out: &'static str,
    pub signing_out: &'static str,
    /// How many devices were signed out.
    pub was_signed_out: fn(revoked: u64) -> String,
    pub sign_in_again: &'static str,
    pub asking: &'static str,
    pub was_asked: &'static str,
    pub roles: &'static str,
    pub no_roles: &'static str,
    /// What a screen reader calls the list; so `devices_list`.
    pub roles_list: &'static str,
    pub take_role: &'static str,
    /// What a screen reader says.
    pub take_this_role: fn(role: &str) -> String,
    pub role_taken: fn(role: &str) -> String,
    pub another_role: &'static str,
    pub give_role: &'static str,
    pub giving_role: &'static str,
    pub role_given: fn(role: &str) -> String,
    pub devices: &'static str,
    pub no_devices: &'static str,
    pub devices_list: &'static str,
    /// Around the time of a device's last use and that of its sign-in.
    pub used: Between,
    pub log: &'static str,
    pub log_caption: &'static str,
}

impl AdminUserWords {
    pub const ENGLISH: Self = Self {
        title: "Account",
        email: "Email",
        signed_up: "Signed up",
        last_used: "Last used",
        blocked: "Blocked",
        sign_in_after: "Asked to sign in again",
        block: "Block",
        unblock: "Unblock",
        working: "Working…",
        was_blocked: |revoked| format!("Blocked. {}", devices_signed_out(revoked)),
        was_unblocked: "Unblocked: this account can sign in again.",
        sign_out: "Sign out everywhere",
        signing_out: "Signing out…",
        was_signed_out: devices_signed_out,
        sign_in_again: "Ask to sign in again",
        asking: "Asking…",
        was_asked: "Every device has to sign in again, each within minutes.",
        roles: "Roles",
        no_roles: "None beside what everybody may do.",
        roles_list: "Roles",
        take_role: "Take away",
        take_this_role: |role| format!("Take {role} away"),
        role_taken: |role| format!("{role} is taken away."),
        another_role: "Another role",
        give_role: "Give",
        giving_role: "Giving…",
        role_given: |role| format!("{role} is given."),
        devices: "Devices",
        no_devices: "Signed in nowhere.",
        devices_list: "Devices",
        used: Between { before: "Used ", between: " · signed in ", after: "" },
        log: "What happened last",
        log_caption: "The last lines of the log about this account",
    };
}

fn devices_signed_out(count: u64) -> String {
    match count {
        0 => "No device was signed in.".into(),
        1 => "One device was signed out.".into(),
        n => format!("{n} devices were signed out."),
    }
}
