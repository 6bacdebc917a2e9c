//! The words of the bar at the top. Runs in: both.

use super::super::Around;

/// The bar at the top.
#[derive(Clone, Copy)]
pub struct NavWords {
    pub skip: &'static str,
    /// What a screen reader calls it.
    pub menu: &'static str,
    pub sign_in: &'static str,
    pub admin: &'static str,
    pub devices: &'static str,
    /// Around a person's name, for a screen reader.
    pub account_of: Around,
    pub sign_out: &'static str,
}

impl NavWords {
    pub const ENGLISH: Self = Self {
        skip: "Skip to the content",
        menu: "Main",
        sign_in: "Sign in",
        admin: "Admin",
        devices: "Devices",
        account_of: Around { before: "Account of ", after: "" },
        sign_out: "Sign out",
    };
}
