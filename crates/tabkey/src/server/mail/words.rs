//! The words of the mails, in plain text and in simple HTML. Runs in: the server.
//!
//! Nothing that a stranger could choose is in a subject, and nothing in a mail to an address that nobody has confirmed but
//! the address itself: a display name would carry their words to any mailbox.

use std::fmt::Write;

use super::letter::{Letter, Occasion};

/// A mail, ready to go.
#[derive(Clone, Debug)]
pub struct Written {
    pub subject: &'static str,
    pub text: String,
    pub html: String,
}

/// One paragraph, or the one thing to press.
enum Part {
    Words(String),
    Facts(Vec<(&'static str, String)>),
    Button(&'static str),
}

/// `times` is how many occasions were gathered in it; `site` is the origin under which people know it; `link` is where the
/// button leads.
pub fn write(letter: &Letter, times: i64, site: &str, link: &str) -> Written {
    let words = |text: &str| Part::Words(text.to_owned());
    let (subject, mut parts) = match letter {
        Letter::ResetPassword(_) => (
            "Choose a new password",
            vec![
                words("Somebody, most likely you, asked for a new password. The link works once, for 30 minutes."),
                Part::Button("Choose a new password"),
                words("If that was not you, ignore this mail: nothing has changed."),
            ],
        ),
        Letter::VerifyEmail => (
            "Confirm your email address",
            vec![
                words("An account was made with this address. The link works once, for a day."),
                Part::Button("Confirm the address"),
                words("If that was not you, ignore this mail."),
            ],
        ),
        Letter::ConfirmEmail { .. } => (
            "Confirm your new email address",
            vec![
                words("An account is to use this address from now on. The link works once, for a day."),
                Part::Button("Use this address"),
                words("If that was not you, ignore this mail: nothing changes."),
            ],
        ),
        Letter::EmailChanged { old, new, at } => (
            "Your email address was changed",
            vec![
                words("Your account has a new email address, and this one signs in no more."),
                Part::Facts(vec![("Before", old.clone()), ("Now", new.clone()), ("When", date(*at))]),
                words(
                    "If that was not you, take it back. This works for 7 days, signs out every device, and lets you choose a new password.",
                ),
                Part::Button("Take it back"),
            ],
        ),
        Letter::PasswordChanged(occasion) => (
            "Your password was changed",
            not_me("Your password was changed, and the other devices were signed out.", occasion),
        ),
        Letter::NewDevice(occasion) => {
            ("A new device signed in", not_me("Your account was signed in on a device that it did not have.", occasion))
        }
        Letter::Reuse(occasion) => (
            "A device was signed out to protect you",
            not_me(
                "The sign-in of one of your devices was used by two parties, as if it had been copied. That device was signed out, and no other.",
                occasion,
            ),
        ),
        Letter::PasswordDisabled(occasion) => (
            "Someone is guessing your password",
            vec![
                words(
                    "A hundred wrong passwords in a row were tried on your account. The last one is described below. To keep your account safe, your password no longer signs in on a new device. Devices that are signed in stay signed in, and your password still works on them.",
                ),
                facts(occasion),
                words("Choose a new password, here or on a device that is signed in. It works everywhere."),
                Part::Button("Choose a new password"),
            ],
        ),
        Letter::NotMe { email, at } => (
            "Somebody reports that it was not them",
            vec![
                words(
                    "The owner of an account says that something in its log was not their doing. Its sessions since then have ended.",
                ),
                Part::Facts(vec![("Account", email.clone()), ("Concerns", date(*at))]),
                Part::Button("Look at the account"),
            ],
        ),
        Letter::Deletion { at } => (
            "Your account will be deleted",
            vec![
                words("You asked for your account to be deleted, and every device was signed out."),
                Part::Facts(vec![("It goes", date(*at))]),
                words("If you change your mind, sign in before then: that keeps it."),
                Part::Button("Sign in and keep it"),
            ],
        ),
    };
    if times > 1 && !letter.is_overtaken_by_the_next() {
        let more = "times since the last mail about it. Shown here is the first; the log has all of them.";
        parts.insert(1, Part::Words(format!("This happened {times} {more}")));
    }
    Written { subject, text: text(&parts, site, link), html: html(subject, &parts, site, link) }
}

fn not_me(what: &str, occasion: &Occasion) -> Vec<Part> {
    vec![
        Part::Words(what.to_owned()),
        facts(occasion),
        Part::Words("If that was you, there is nothing to do. If not: this signs out what came in since then, and lets you choose a new password. It works for 7 days, and without signing in.".into()),
        Part::Button("This wasn't me"),
    ]
}

fn facts(occasion: &Occasion) -> Part {
    let mut facts = vec![("When", date(occasion.at))];
    facts.extend(occasion.device.clone().map(|device| ("Device", device)));
    facts.extend(occasion.address.clone().map(|address| ("Address", address)));
    Part::Facts(facts)
}

fn text(parts: &[Part], site: &str, link: &str) -> String {
    let mut text = String::new();
    for part in parts {
        let _ = match part {
            Part::Words(words) => writeln!(text, "{words}\n"),
            Part::Facts(facts) => facts
                .iter()
                .try_for_each(|(name, value)| writeln!(text, "{name}: {}", one_line(value)))
                .and_then(|()| writeln!(text)),
            Part::Button(label) => writeln!(text, "{label}:\n{link}\n"),
        };
    }
    let _ = writeln!(text, "-- \n{site}");
    text
}

fn html(subject: &str, parts: &[Part], site: &str, link: &str) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\n<body style=\"font-family:sans-serif;max-width:36em\">\n"
    );
    for part in parts {
        let _ = match part {
            Part::Words(words) => writeln!(html, "<p>{}</p>", escape(words)),
            Part::Facts(facts) => {
                let rows = facts.iter().map(|(name, value)| {
                    format!("<tr><th align=\"left\">{name}</th><td>{}</td></tr>", escape(&one_line(value)))
                });
                writeln!(html, "<table cellpadding=\"4\">{}</table>", rows.collect::<String>())
            }
            Part::Button(label) => writeln!(html, "<p><a href=\"{}\">{}</a></p>", escape(link), escape(label)),
        };
    }
    let _ = writeln!(html, "<p><small>{}</small></p>\n</body></html>", escape(site));
    html
}

/// What a person named their device stays on its line.
fn one_line(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// `2026-11-26 14:03 UTC`.
fn date(at: i64) -> String {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(at.max(0).unsigned_abs());
    let date = humantime::format_rfc3339_seconds(at).to_string();
    format!("{} {} UTC", &date[..10], &date[11..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occasion(device: &str) -> Letter {
        let device = Some(device.to_owned());
        Letter::NewDevice(Occasion { at: 1_764_165_780_000, session: None, device, address: Some("::1".into()) })
    }

    #[test]
    fn a_mail_says_when_where_and_what_to_do() {
        let written =
            write(&occasion("Firefox on Windows"), 1, "https://app.example.org", "https://app.example.org/x?y=z&a");
        assert_eq!(written.subject, "A new device signed in");
        for part in ["2025-11-26 14:03 UTC", "Firefox on Windows", "::1", "https://app.example.org/x?y=z&a"] {
            assert!(written.text.contains(part), "{part} in {}", written.text);
        }
        assert!(written.html.contains("href=\"https://app.example.org/x?y=z&amp;a\""));
    }

    #[test]
    fn markup_and_lines_in_a_name_stay_text_on_their_line() {
        let written = write(&occasion("<b>x</b>\r\nBcc: all"), 1, "https://a.example", "https://a.example/");
        assert!(!written.html.contains("<b>") && written.html.contains("&lt;b&gt;x"));
        assert!(!written.text.lines().any(|line| line.starts_with("Bcc")));
        assert!(!written.subject.contains("Bcc"));
    }

    #[test]
    fn a_mail_that_gathers_says_of_how_many_it_tells() {
        let one = write(&occasion("Firefox"), 1, "https://a.example", "https://a.example/");
        let three = write(&occasion("Firefox"), 3, "https://a.example", "https://a.example/");
        assert!(!one.text.contains("This happened"));
        assert!(three.text.contains("This happened 3 times since the last mail about it."), "{}", three.text);
    }
}
