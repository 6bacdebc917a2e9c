//! The words of the question for the password before something that matters. Runs in: both.

/// The question for the password before something that matters.
#[derive(Clone, Copy)]
pub struct StepUpWords {
    pub title: &'static str,
    pub text: &'static str,
    pub submit: &'static str,
    pub submitting: &'static str,
}

impl StepUpWords {
    pub const ENGLISH: Self = Self {
        title: "Confirm that it is you",
        text: "This matters, and you signed in a while ago. What you asked for is done once your password is right.",
        submit: "Confirm",
        submitting: "Confirming…",
    };
}
