//! Every word of the pages, as data that an application replaces in part or as a whole. Runs in: both.
//!
//! A set of words is a constant: what it lacks is found when it is compiled. One sentence, or a few:
//!
//! ```
//! use tabkey::ui::words::{ENGLISH, SignInWords, Words};
//!
//! static OURS: Words =
//!     Words { brand: "Acme", sign_in: SignInWords { title: "Log in", ..ENGLISH.sign_in }, ..ENGLISH };
//! ```
//!
//! A language of its own is a `Words` without `..ENGLISH`. [`provide_words`] chooses a set, on both sides, above the app and
//! the document. Codes, times and counts find their sentence by the methods of [`Words`]; a sentence that depends on a
//! number is a function, so that each language has the forms that it needs.

mod codes;
mod document;
mod pages;
mod parts;
mod sentence;
mod times;
mod without_script;

use leptos::prelude::{provide_context, use_context};

pub use codes::{DeviceKindWords, EndingWords, ErrorWords, FieldWords, LogWords, OutcomeWords};
pub(super) use codes::{FIELDS, can_be_disowned, is_about_a_field, is_serious};
pub use document::DocumentWords;
pub use pages::{
    AccountWords, ActivityWords, AdminLogWords, AdminUserWords, AdminWords, DevicesWords, ForgotPasswordWords,
    LinkHelpWords, LinkWords, NotFoundWords, SignInWords, SignUpWords,
};
pub use parts::{
    ChartWords, ConnectionWords, ContinueWords, FormWords, IdleWords, LogTableWords, NavWords, StepUpWords,
};
pub(super) use sentence::unless_empty;
pub use sentence::{Around, Between, Linked};
pub use times::TimeWords;
pub use without_script::WithoutScriptWords;

/// Every word of the pages, in one language.
#[derive(Clone, Copy)]
pub struct Words {
    /// The language, by BCP 47: `en`, `pt-BR`.
    pub lang: &'static str,
    /// The direction in which it is written: `ltr` or `rtl`.
    pub dir: &'static str,
    /// What the product is called, in titles and sentences.
    pub brand: &'static str,
    pub document: DocumentWords,
    pub without_script: WithoutScriptWords,
    pub times: TimeWords,

    pub errors: ErrorWords,
    pub fields: FieldWords,
    pub outcomes: OutcomeWords,
    pub endings: EndingWords,
    pub log: LogWords,
    pub device_kinds: DeviceKindWords,

    pub nav: NavWords,
    pub forms: FormWords,
    pub connection: ConnectionWords,
    pub continue_dialog: ContinueWords,
    pub step_up: StepUpWords,
    pub idle: IdleWords,
    pub chart: ChartWords,
    pub log_table: LogTableWords,

    pub sign_in: SignInWords,
    pub sign_up: SignUpWords,
    pub forgot_password: ForgotPasswordWords,
    pub links: LinkWords,
    pub account: AccountWords,
    pub activity: ActivityWords,
    pub devices: DevicesWords,
    pub admin: AdminWords,
    pub admin_user: AdminUserWords,
    pub admin_log: AdminLogWords,
    pub not_found: NotFoundWords,
}

/// The words where an application provides none.
pub const ENGLISH: Words = Words {
    lang: "en",
    dir: "ltr",
    brand: "Tabkey",
    document: DocumentWords::ENGLISH,
    without_script: WithoutScriptWords::ENGLISH,
    times: TimeWords::ENGLISH,
    errors: ErrorWords::ENGLISH,
    fields: FieldWords::ENGLISH,
    outcomes: OutcomeWords::ENGLISH,
    endings: EndingWords::ENGLISH,
    log: LogWords::ENGLISH,
    device_kinds: DeviceKindWords::ENGLISH,
    nav: NavWords::ENGLISH,
    forms: FormWords::ENGLISH,
    connection: ConnectionWords::ENGLISH,
    continue_dialog: ContinueWords::ENGLISH,
    step_up: StepUpWords::ENGLISH,
    idle: IdleWords::ENGLISH,
    chart: ChartWords::ENGLISH,
    log_table: LogTableWords::ENGLISH,
    sign_in: SignInWords::ENGLISH,
    sign_up: SignUpWords::ENGLISH,
    forgot_password: ForgotPasswordWords::ENGLISH,
    links: LinkWords::ENGLISH,
    account: AccountWords::ENGLISH,
    activity: ActivityWords::ENGLISH,
    devices: DevicesWords::ENGLISH,
    admin: AdminWords::ENGLISH,
    admin_user: AdminUserWords::ENGLISH,
    admin_log: AdminLogWords::ENGLISH,
    not_found: NotFoundWords::ENGLISH,
};

static DEFAULT: Words = ENGLISH;

#[derive(Clone, Copy)]
struct Chosen(&'static Words);

/// Chooses the words of everything below: call it where the app and the document begin, on both sides.
pub fn provide_words(words: &'static Words) {
    provide_context(Chosen(words));
}

/// The words that [`provide_words`] chose, else English. To be read while a component is made: what runs later (a listener,
/// a timer, a task) has no context, and takes them along.
pub fn words() -> &'static Words {
    use_context::<Chosen>().map_or(&DEFAULT, |Chosen(words)| words)
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;

    use super::*;

    const OURS: Words = Words { brand: "Acme", sign_in: SignInWords { title: "Log in", ..ENGLISH.sign_in }, ..ENGLISH };
    static CHOSEN: Words = OURS;

    #[test]
    fn an_application_replaces_what_it_likes_and_nothing_else() {
        let owner = Owner::new();
        owner.with(|| {
            assert_eq!(words().brand, "Tabkey");
            provide_words(&CHOSEN);

            assert_eq!((words().brand, words().sign_in.title, words().sign_in.submit), ("Acme", "Log in", "Sign in"));
        });
        assert_eq!(words().brand, "Tabkey");
    }
}
