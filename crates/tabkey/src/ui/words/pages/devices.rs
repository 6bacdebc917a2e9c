//! The words of the page of devices. Runs in: both.

use super::super::{Between, Words};

/// Every signed-in device, and the switch for each.
#[derive(Clone, Copy)]
pub struct DevicesWords {
    pub title: &'static str,
    pub introduction: &'static str,
    /// What a screen reader calls the list.
    pub list: &'static str,
    pub this_device: &'static str,
    /// Around the time of its last use and that of its sign-in.
    pub used: Between,
    pub rename: &'static str,
    /// What a screen reader says; so `sign_out_this`.
    pub rename_this: fn(name: &str) -> String,
    pub name: &'static str,
    pub save: &'static str,
    pub saving: &'static str,
    pub sign_out: &'static str,
    pub sign_out_this: fn(name: &str) -> String,
    pub signing_out: &'static str,
    /// Within how many tenths of a second.
    pub signed_out_in: fn(name: &str, tenths: u64) -> String,
    pub alone: &'static str,
    pub sign_out_others: &'static str,
    pub sign_out_others_title: fn(others: u64) -> String,
    pub sign_out_others_text: &'static str,
    pub sign_out_others_confirm: &'static str,
    pub try_again: &'static str,
}

impl DevicesWords {
    pub const ENGLISH: Self = Self {
        title: "Devices",
        introduction: "Everywhere you are signed in. A device that you sign out goes dark at once.",
        list: "Devices",
        this_device: "This device",
        used: Between { before: "Used ", between: " · signed in ", after: "" },
        rename: "Rename",
        rename_this: |name| format!("Rename {name}"),
        name: "Device name",
        save: "Save",
        saving: "Saving…",
        sign_out: "Sign out",
        sign_out_this: |name| format!("Sign out {name}"),
        signing_out: "Signing out…",
        signed_out_in: |name, tenths| format!("{name} was signed out in {}.{} s.", tenths / 10, tenths % 10),
        alone: "No other device is signed in.",
        sign_out_others: "Sign out all other devices",
        sign_out_others_title: |others| match others {
            1 => "Sign out 1 other device?".into(),
            n => format!("Sign out {n} other devices?"),
        },
        sign_out_others_text: "They are signed out at once. Whoever uses them has to sign in again. This device stays signed in.",
        sign_out_others_confirm: "Sign out all others",
        try_again: "Try again",
    };
}

impl Words {
    /// What a person reads who has just switched a device off. `took`: milliseconds.
    pub fn signed_out_in(&self, name: &str, took: u64) -> String {
        (self.devices.signed_out_in)(name, took.div_ceil(100).max(1))
    }
}
