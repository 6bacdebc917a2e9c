//! The words of the pages that links in mails lead to. Runs in: both.

/// What links in mails lead to.
#[derive(Clone, Copy)]
pub struct LinkWords {
    pub verify_email: &'static str,
    pub verify_email_text: &'static str,
    pub verify_email_submit: &'static str,
    pub confirm_email: &'static str,
    /// How long the former address can be taken back, in the words of a duration.
    pub confirm_email_text: fn(life: &str) -> String,
    pub confirm_email_submit: &'static str,
    pub undo_email: &'static str,
    pub undo_email_text: &'static str,
    pub undo_email_submit: &'static str,
    pub not_me: &'static str,
    pub not_me_text: &'static str,
    pub not_me_submit: &'static str,
    pub submitting: &'static str,
    pub go_on: &'static str,
    /// The next step where a link does nothing.
    pub help: LinkHelpWords,
    /// Instead of a form that could do nothing.
    pub missing: &'static str,
}

/// One sentence with two links.
#[derive(Clone, Copy)]
pub struct LinkHelpWords {
    pub before: &'static str,
    pub another_mail: &'static str,
    pub between: &'static str,
    pub new_password: &'static str,
    /// May be empty.
    pub after: &'static str,
}

impl LinkWords {
    pub const ENGLISH: Self = Self {
        verify_email: "Confirm your address",
        verify_email_text: "This shows that the address is yours, so that you can be reached and get a new password there.",
        verify_email_submit: "Confirm the address",
        confirm_email: "Use this address",
        confirm_email_text: |life| {
            format!(
                "From now on you sign in with this address. The one before is told, and can take it back for {life}.",
            )
        },
        confirm_email_submit: "Use this address",
        undo_email: "Take your address back",
        undo_email_text: "Your account gets its former address back, every device is signed out, and your password works no more: you choose a new one.",
        undo_email_submit: "Take it back",
        not_me: "This wasn’t me",
        not_me_text: "Every device that came in since then is signed out, the operator is told, and your password works no more: you choose a new one.",
        not_me_submit: "Sign them out",
        submitting: "One moment…",
        go_on: "Go on",
        help: LinkHelpWords {
            before: "You can ",
            another_mail: "ask for another mail",
            between: " on your account’s page, or ",
            new_password: "choose a new password",
            after: ".",
        },
        missing: "This page has to be opened by a link. Open the link in the mail again: it works until it has been used, or is too old.",
    };
}
