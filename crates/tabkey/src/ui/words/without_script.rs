//! What a page can do without JavaScript, and what it can't. Runs in: both.

use super::Words;
use tabkey_core::Profile;

/// What a page can do without JavaScript, and what it can't.
#[derive(Clone, Copy)]
pub struct WithoutScriptWords {
    pub works: &'static str,
    pub needed: &'static str,
    pub sign_in: &'static str,
    pub devices: &'static str,
    pub account: &'static str,
    pub activity: &'static str,
    pub admin: &'static str,
    pub elsewhere: &'static str,
}

impl WithoutScriptWords {
    pub const ENGLISH: Self = Self {
        works: "This page works without JavaScript.",
        needed: "Here your sign-in lives in the page itself, which needs JavaScript: switch it on and reload the page.",
        sign_in: "This page works without JavaScript. Signing other devices out and changing your account don’t.",
        devices: "Without JavaScript you see your devices, and can sign out here. To rename one or sign it out, switch JavaScript on and reload the page.",
        account: "Without JavaScript you see your details, and can sign out. To change them, switch JavaScript on and reload the page.",
        activity: "Without JavaScript you see the last things that happened. For older ones, or to say that it wasn’t you, switch JavaScript on and reload the page.",
        admin: "Without JavaScript you see and search everything here. To change anything, switch JavaScript on and reload the page.",
        elsewhere: "You can sign up, sign in and sign out without JavaScript. To manage your devices and your account, switch JavaScript on and reload the page.",
    };
}

impl Words {
    /// What a page can do without JavaScript, and what it can't.
    pub fn without_script(&self, path: &str, profile: Profile) -> &'static str {
        let words = &self.without_script;
        let is = |pages: &[&str]| pages.iter().any(|page| path == *page || path.starts_with(&format!("{page}/")));
        if is(&["/forgot-password", "/reset-password", "/verify-email", "/confirm-email", "/undo-email", "/not-me"]) {
            return words.works;
        }
        if !profile.keeps_cookies() {
            return words.needed;
        }
        if is(&["/sign-in", "/sign-up"]) {
            return words.sign_in;
        }
        if is(&["/devices"]) {
            return words.devices;
        }
        if is(&["/account"]) {
            return words.account;
        }
        if is(&["/activity"]) {
            return words.activity;
        }
        if is(&["/admin"]) {
            return words.admin;
        }
        words.elsewhere
    }
}
