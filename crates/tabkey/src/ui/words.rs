//! Codes and times in words: the only place where errors become sentences. Runs in: both.

mod log;
mod outcome;

use std::time::{Duration, UNIX_EPOCH};

pub use log::{KINDS, can_be_disowned, disowned, is_serious, log_line};
pub use outcome::done;

use crate::shared::{Device, EndReason, Ended, Error, FieldError, LinkFault, MAX_PASSWORD_LENGTH, Profile, Site};

/// Every field of every form.
pub const FIELDS: [&str; 7] = ["email", "password", "display_name", "current_password", "new_password", "name", "role"];

/// A failure of a form or a page as a whole.
pub fn error(error: &Error) -> String {
    match error {
        Error::WrongCredentials => "That email and password don’t go together. Check both and try again.".into(),
        Error::EmailTaken => "There is an account with this email already. Sign in instead.".into(),
        Error::TooManyAttempts { retry_after } => {
            format!("Too many tries. Wait {} and try again.", wait(*retry_after))
        }
        Error::Busy { .. } => "The server is busy. Nothing was changed; try again in a moment.".into(),
        Error::Offline => "The server can’t be reached. Check your connection and try again.".into(),
        Error::Unreadable => "The server’s answer could not be read. Try again in a moment.".into(),
        Error::NotFound => "That is no longer there. Reload the page to see what is.".into(),
        Error::Forbidden => "You may not do this.".into(),
        Error::StepUpRequired => "Nothing was changed: your password was not confirmed.".into(),
        Error::CrossSite => "This came from another site, so it was not done. Try again from here.".into(),
        Error::LinkInvalid { why: LinkFault::Used } => {
            "This link has been used already, or something has happened since that took it back.".into()
        }
        Error::LinkInvalid { why: LinkFault::Expired } => "This link has run out.".into(),
        Error::LinkInvalid { why: LinkFault::Unknown } => {
            "This link does not work. Perhaps it was cut short: open it from the mail once more.".into()
        }
        Error::ScriptNeeded => {
            "Here your sign-in lives in the page itself, which needs JavaScript. Try again now that the page is loaded."
                .into()
        }
        Error::TooLarge => "That was too long.".into(),
        Error::InvalidInput { fields } if fields.values().any(|wrong| *wrong == FieldError::Yourself) => {
            mistake(FieldError::Yourself, "id", &Site::default())
        }
        Error::InvalidInput { .. } => "Something in the form could not be used. Check it and try again.".into(),
        Error::SessionEnded(ended) => self::ended(ended) + ".",
        Error::TokenMissing | Error::TokenInvalid | Error::TokenExpired | Error::TokenStale => {
            "Your sign-in could not be confirmed. Reload the page.".into()
        }
        Error::MethodNotAllowed | Error::UnsupportedMediaType => "That did not work. Reload the page.".into(),
    }
}

/// What a page can do without JavaScript, and what it can't.
pub fn without_script(path: &str, profile: Profile) -> &'static str {
    let is = |pages: &[&str]| pages.iter().any(|page| path == *page || path.starts_with(&format!("{page}/")));
    if is(&["/forgot-password", "/reset-password", "/verify-email", "/confirm-email", "/undo-email", "/not-me"]) {
        return "This page works without JavaScript.";
    }
    if !profile.keeps_cookies() {
        return "Here your sign-in lives in the page itself, which needs JavaScript: switch it on and reload the page.";
    }
    if is(&["/sign-in", "/sign-up"]) {
        return "This page works without JavaScript. Signing other devices out and changing your account don’t.";
    }
    if is(&["/devices"]) {
        return "Without JavaScript you see your devices, and can sign out here. To rename one or sign it out, switch JavaScript on and reload the page.";
    }
    if is(&["/account"]) {
        return "Without JavaScript you see your details, and can sign out. To change them, switch JavaScript on and reload the page.";
    }
    if is(&["/activity"]) {
        return "Without JavaScript you see the last things that happened. For older ones, or to say that it wasn’t you, switch JavaScript on and reload the page.";
    }
    if is(&["/admin"]) {
        return "Without JavaScript you see and search everything here. To change anything, switch JavaScript on and reload the page.";
    }
    "You can sign up, sign in and sign out without JavaScript. To manage your devices and your account, switch JavaScript on and reload the page."
}

/// What a person reads who has just switched a device off. `took`: milliseconds.
pub fn signed_out_in(name: &str, took: u64) -> String {
    let tenths = took.div_ceil(100).max(1);
    format!("{name} was signed out in {}.{} s.", tenths / 10, tenths % 10)
}

/// Whether [`field`] finds a place for it.
pub fn is_about_a_field(error: &Error) -> bool {
    FIELDS.iter().any(|name| field(error, name, &Site::default()).is_some())
}

/// What is wrong with one field.
pub fn field(error: &Error, name: &str, site: &Site) -> Option<String> {
    match error {
        Error::EmailTaken if name == "email" => Some(self::error(error)),
        Error::InvalidInput { fields } => fields.get(name).map(|wrong| mistake(*wrong, name, site)),
        _ => None,
    }
}

fn mistake(wrong: FieldError, field: &str, site: &Site) -> String {
    let is_password = field.ends_with("password");
    match wrong {
        FieldError::Required if field == "email" => "Enter your email.".into(),
        FieldError::Required if is_password => "Enter a password.".into(),
        FieldError::Required => "Enter a name.".into(),
        FieldError::Malformed if field == "email" => {
            "That is not an email address we can use. It looks like name@example.org.".into()
        }
        FieldError::Malformed => "There is a character in it that can’t be used.".into(),
        FieldError::TooShort => {
            format!("That is too short: use at least {} characters.", site.min_password)
        }
        FieldError::TooLong if is_password => {
            format!("That is too long: use at most {MAX_PASSWORD_LENGTH} characters.")
        }
        FieldError::TooLong => "That is too long.".into(),
        FieldError::Common => {
            "This one is among the first that are tried. Four words that have nothing to do with each other would do."
        }
        .into(),
        FieldError::ContainsIdentity => {
            "It is made of your name, your address or our name. Four words that have nothing to do with you would do."
        }
        .into(),
        FieldError::Wrong => "That is not your current password.".into(),
        FieldError::Yourself => "You can’t do this to your own account.".into(),
        FieldError::TooMany => "There is room for no more.".into(),
        FieldError::LastAdmin => "This is the last admin: nobody could undo it. Make somebody else one first.".into(),
        FieldError::Unknown | FieldError::Duplicate => "This could not be used.".into(),
    }
}

/// A time as a setting has it: "7 days", "an hour", "90 minutes".
pub fn duration(seconds: u64) -> String {
    let units = [(86_400, "a day", "days"), (3_600, "an hour", "hours"), (60, "a minute", "minutes")];
    let whole = units.into_iter().find(|(length, ..)| seconds >= *length && seconds.is_multiple_of(*length));
    match whole {
        Some((length, one, _)) if seconds == length => one.into(),
        Some((length, _, many)) => format!("{} {many}", seconds / length),
        None => format!("{seconds} seconds"),
    }
}

/// What happened to a session; the time follows.
pub fn ended(ended: &Ended) -> String {
    let by = ended.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
    match ended.reason {
        EndReason::SignedOut => "You signed out".into(),
        EndReason::Revoked => format!("Signed out{by}"),
        EndReason::Reuse => "Signed out because somebody else used a copy of your sign-in".into(),
        EndReason::PasswordChanged => format!("Signed out because your password was changed{by}"),
        EndReason::Idle => "Signed out because this device was not used for a while".into(),
        EndReason::Expired => "Your session is over: it is time to sign in again".into(),
        EndReason::Blocked => "Signed out because this account is blocked".into(),
        EndReason::TooMany => "Signed out because this account is signed in on too many devices".into(),
        EndReason::Unloaded => "Signed out because the page was left or loaded anew".into(),
        EndReason::Unconfirmed => "Signed out because the password was not entered in time".into(),
    }
}

/// What to do about it.
pub fn advice(reason: EndReason) -> Option<&'static str> {
    match reason {
        EndReason::Reuse => Some("Sign in, look at your devices, and change your password if you don’t know why."),
        EndReason::Revoked => Some("If that wasn’t you, sign in and change your password."),
        EndReason::Unloaded => Some("For your safety, your sign-in is kept in the open page and nowhere else."),
        EndReason::PasswordChanged => Some("If that wasn’t you, choose a new one by “Forgotten your password?” below."),
        _ => None,
    }
}

pub fn password_changed(others: u64) -> String {
    match others {
        0 => "Your password is changed.".into(),
        1 => "Your password is changed. One other device was signed out.".into(),
        n => format!("Your password is changed. {n} other devices were signed out."),
    }
}

pub fn devices_signed_out(count: u64) -> String {
    match count {
        0 => "No device was signed in.".into(),
        1 => "One device was signed out.".into(),
        n => format!("{n} devices were signed out."),
    }
}

pub fn sign_out_others(others: usize) -> String {
    if others == 1 { "Sign out 1 other device?".into() } else { format!("Sign out {others} other devices?") }
}

/// `Chromium 156 · Linux · desktop · 127.0.0.1`, as far as it is known.
pub fn device(device: &Device) -> String {
    let kind = if device.kind == "other" { "" } else { device.kind.as_str() };
    let known = [device.browser.as_str(), device.os.as_str(), kind, device.address.as_str()];
    known.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// How long before `now`, both in unix seconds. What seems to lie ahead happened just now: clocks differ a little.
pub fn ago(at: i64, now: i64) -> String {
    let count = |n: i64, unit: &str| if n == 1 { format!("1 {unit} ago") } else { format!("{n} {unit}s ago") };
    match now - at {
        ..45 => "just now".into(),
        seconds @ 45..3_600 => count((seconds + 30) / 60, "minute"),
        seconds @ 3_600..86_400 => count(seconds / 3_600, "hour"),
        seconds @ 86_400..2_592_000 => count(seconds / 86_400, "day"),
        _ => format!("on {}", iso(at).chars().take(10).collect::<String>()),
    }
}

/// RFC 3339, in UTC.
pub fn iso(at: i64) -> String {
    let since = Duration::from_secs(at.clamp(0, 253_402_300_799).unsigned_abs());
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string()
}

/// For people: `2026-11-24 14:03 UTC`.
pub fn utc(at: i64) -> String {
    let iso = iso(at);
    format!("{} {} UTC", &iso[..10], &iso[11..16])
}

fn wait(seconds: u32) -> String {
    match seconds {
        0..=1 => "a second".into(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        let rows = [
            (0, "just now"),
            (-5, "just now"),
            (59, "1 minute ago"),
            (120, "2 minutes ago"),
            (3_600, "1 hour ago"),
            (86_400 * 2, "2 days ago"),
            (86_400 * 40, "on 2026-10-15"),
        ];
        for (seconds, expected) in rows {
            assert_eq!(ago(1_795_500_000 - seconds, 1_795_500_000), expected);
        }
        assert_eq!(utc(1_795_500_000), "2026-11-24 06:00 UTC");
    }

    #[test]
    fn every_failure_has_its_words_and_its_place() {
        let taken = Error::EmailTaken;
        assert!(is_about_a_field(&taken));
        assert!(field(&taken, "password", &Site::default()).is_none());
        assert!(!is_about_a_field(&Error::WrongCredentials));
        // A field that no form shows must not swallow the message.
        assert!(!is_about_a_field(&Error::field("remember", FieldError::Malformed)));
        assert_eq!(
            error(&Error::TooManyAttempts { retry_after: 600 }),
            "Too many tries. Wait 10 minutes and try again."
        );
    }

    #[test]
    fn an_unwilling_sign_out_is_explained() {
        let ended = Ended { reason: EndReason::Revoked, at: 0, by: Some("Chromium on Linux".into()) };
        assert_eq!(self::ended(&ended), "Signed out by Chromium on Linux");
    }
}
