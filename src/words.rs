//! The words of the start page, which are the application's own. Runs in: both.

/// The start page, for a visitor and for a person.
#[derive(Clone, Copy)]
pub struct HomeWords {
    /// In three parts, that a narrow page writes below each other.
    pub headline: [&'static str; 3],
    pub introduction: fn(brand: &str) -> String,
    pub sign_up: &'static str,
    pub sign_in: &'static str,
    pub no_key: &'static str,
    pub no_key_text: &'static str,
    pub no_surprise: &'static str,
    pub no_surprise_text: &'static str,
    pub in_view: &'static str,
    pub in_view_text: &'static str,
    pub hello: fn(name: &str) -> String,
    pub signed_in: &'static str,
    pub devices: &'static str,
    pub devices_text: &'static str,
    pub account: &'static str,
    pub account_text: &'static str,
    pub activity: &'static str,
    pub activity_text: &'static str,
}

impl HomeWords {
    pub const ENGLISH: Self = Self {
        headline: ["Sign in once. ", "Stay in. ", "Stay in charge."],
        introduction: |brand| {
            format!(
                "{brand} keeps you signed in without leaving a key lying around: the key to your account lives only in this tab's memory, and every device you use can be switched off in under a second."
            )
        },
        sign_up: "Create an account",
        sign_in: "Sign in",
        no_key: "Nothing to steal",
        no_key_text: "No key in the browser's storage, in a page or in an address. Close the tab and it is gone.",
        no_surprise: "No surprise sign-outs",
        no_surprise_text: "Twenty tabs, a dropped connection, a laptop that slept: you stay signed in until you say otherwise.",
        in_view: "Every device in view",
        in_view_text: "See where you are signed in, and switch any of it off. It goes dark at once, everywhere.",
        hello: |name| format!("Hello, {name}"),
        signed_in: "You are signed in on this device. Here is what you can do.",
        devices: "Look at your devices",
        devices_text: "Everywhere you are signed in. Give a device a name, or sign it out.",
        account: "Look after your account",
        account_text: "Your details, and a new password when it is time for one.",
        activity: "See what happened",
        activity_text: "Every sign-in and every change. Something that wasn’t you? Say so.",
    };
}

/// What the start page says.
pub static HOME: HomeWords = HomeWords::ENGLISH;
