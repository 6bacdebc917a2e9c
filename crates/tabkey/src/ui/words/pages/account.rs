//! The words of the account page. Runs in: both.

use super::super::Linked;

/// A person's details, password, address and data.
#[derive(Clone, Copy)]
pub struct AccountWords {
    pub title: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    pub unconfirmed: &'static str,
    pub sent_again: &'static str,
    pub send_again: &'static str,
    pub sending: &'static str,
    pub activity: &'static str,
    pub password: &'static str,
    pub password_text: Linked,
    pub current_password: &'static str,
    pub change_password: &'static str,
    pub changing_password: &'static str,
    /// How many other devices were signed out.
    pub password_changed: fn(others: u64) -> String,
    pub change_email: &'static str,
    pub change_email_text: &'static str,
    pub new_email: &'static str,
    pub change_email_submit: &'static str,
    pub changing_email: &'static str,
    pub change_email_sent: fn(email: &str) -> String,
    pub data: &'static str,
    /// How long the end of the account can be taken back, in the words of a duration.
    pub data_text: fn(grace: &str) -> String,
    pub copy: &'static str,
    pub one_moment: &'static str,
    pub copy_ready: Linked,
    /// The name of that file.
    pub copy_file: &'static str,
    pub delete: &'static str,
    pub delete_title: &'static str,
    pub delete_text: fn(grace: &str) -> String,
    pub delete_confirm: &'static str,
}

impl AccountWords {
    pub const ENGLISH: Self = Self {
        title: "Account",
        name: "Name",
        email: "Email",
        unconfirmed: "Your address is not confirmed yet: a mail with a link is on its way since you signed up.",
        sent_again: "Another one was sent.",
        send_again: "Send it again",
        sending: "Sending…",
        activity: "See what happened to your account",
        password: "Change your password",
        password_text: Linked {
            before: "Your other devices are signed out; this one stays. ",
            link: "See your devices",
            after: "",
        },
        current_password: "Current password",
        change_password: "Change password",
        changing_password: "Changing…",
        password_changed: |others| match others {
            0 => "Your password is changed.".into(),
            1 => "Your password is changed. One other device was signed out.".into(),
            n => format!("Your password is changed. {n} other devices were signed out."),
        },
        change_email: "Change your email address",
        change_email_text: "We mail a link to the new address. Until it is used, nothing changes; then the old one is told.",
        new_email: "New email",
        change_email_submit: "Change email",
        changing_email: "Sending…",
        change_email_sent: |email| format!("A mail is on its way to {email}. Open the link in it."),
        data: "Your data",
        data_text: |grace| {
            format!(
                "Everything that is kept about you, in one file; or the end of your account, with {grace} to change your mind."
            )
        },
        copy: "Make a copy of my data",
        one_moment: "One moment…",
        copy_ready: Linked { before: "Your copy is ready: ", link: "save the file", after: "" },
        copy_file: "tabkey-account.json",
        delete: "Delete my account",
        delete_title: "Delete your account?",
        delete_text: |grace| {
            format!(
                "Every device is signed out now. If you sign in within {grace}, the account stays; after that it is gone for good."
            )
        },
        delete_confirm: "Delete my account",
    };
}
