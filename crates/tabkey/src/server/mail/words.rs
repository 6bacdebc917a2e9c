//! A mail made of its sentences, in plain text and in simple HTML. Runs in: the server.
//!
//! Nothing that a stranger could choose is in a subject, and nothing in a mail to an address that nobody has confirmed but
//! the address itself: a display name would carry their words to any mailbox.

use std::fmt::Write;

use crate::times::day_and_minute;

use super::{
    letter::{Letter, Occasion, Purpose},
    letters::{Asked, Happened, Letters},
};

/// A mail, ready to go.
#[derive(Clone, Debug)]
pub struct Written {
    pub subject: &'static str,
    pub text: String,
    pub html: String,
}

/// What a mail tells beside its letter.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// How many occasions were gathered in it.
    pub times: i64,
    /// Wrong passwords in a row that disable it.
    pub most_in_a_row: i64,
    /// The origin under which people know this server.
    pub site: &'a str,
    /// Where the button leads.
    pub link: &'a str,
}

/// One paragraph, or the one thing to press.
enum Part {
    Words(String),
    Facts(Vec<(&'static str, String)>),
    Button(&'static str),
}

/// `letters` has the words, `letter` what they tell of.
pub fn write(letters: &Letters, letter: &Letter, given: Given<'_>) -> Written {
    let words = |text: &str| Part::Words(text.to_owned());
    let (labels, date) = (&letters.labels, |at| date(letters, at));
    let (subject, mut parts) = match letter {
        Letter::ResetPassword(_) => asked(letters, &letters.reset_password, Purpose::ResetPassword),
        Letter::VerifyEmail => asked(letters, &letters.verify_email, Purpose::VerifyEmail),
        Letter::ConfirmEmail { .. } => asked(letters, &letters.confirm_email, Purpose::ConfirmEmail),
        Letter::EmailChanged { old, new, at } => {
            let says = &letters.email_changed;
            let facts = vec![(labels.before, old.clone()), (labels.now, new.clone()), (labels.when, date(*at))];
            let advice = (says.advice)(&life(letters, Purpose::UndoEmail));
            (
                says.subject,
                vec![words(says.opening), Part::Facts(facts), Part::Words(advice), Part::Button(says.button)],
            )
        }
        Letter::PasswordChanged(occasion) => happened(letters, &letters.password_changed, occasion),
        Letter::NewDevice(occasion) => happened(letters, &letters.new_device, occasion),
        Letter::Reuse(occasion) => happened(letters, &letters.reuse, occasion),
        Letter::PasswordDisabled(occasion) => {
            let says = &letters.password_disabled;
            let opening = Part::Words((says.opening)(given.most_in_a_row));
            (says.subject, vec![opening, facts(letters, occasion), words(says.advice), Part::Button(says.button)])
        }
        Letter::NotMe { email, at } => {
            let says = &letters.not_me;
            let facts = vec![(labels.account, email.clone()), (labels.concerns, date(*at))];
            (says.subject, vec![words(says.opening), Part::Facts(facts), Part::Button(says.button)])
        }
        Letter::Deletion { at } => {
            let says = &letters.deletion;
            let facts = Part::Facts(vec![(labels.goes, date(*at))]);
            (says.subject, vec![words(says.opening), facts, words(says.advice), Part::Button(says.button)])
        }
    };
    if given.times > 1 && !letter.is_overtaken_by_the_next() {
        parts.insert(1, Part::Words((letters.gathered)(given.times)));
    }
    let (text, html) = (text(&parts, given), html(letters, subject, &parts, given));
    Written { subject, text, html }
}

fn asked(letters: &Letters, says: &Asked, purpose: Purpose) -> (&'static str, Vec<Part>) {
    let opening = Part::Words((says.opening)(&life(letters, purpose)));
    (says.subject, vec![opening, Part::Button(says.button), Part::Words(says.otherwise.to_owned())])
}

fn happened(letters: &Letters, says: &Happened, occasion: &Occasion) -> (&'static str, Vec<Part>) {
    let advice = Part::Words((letters.disown.advice)(&life(letters, Purpose::NotMe)));
    let opening = Part::Words(says.opening.to_owned());
    (says.subject, vec![opening, facts(letters, occasion), advice, Part::Button(letters.disown.button)])
}

/// How long a link works, in words.
fn life(letters: &Letters, purpose: Purpose) -> String {
    letters.durations.say(purpose.life().unsigned_abs() / 1_000)
}

/// Unix milliseconds in words.
fn date(letters: &Letters, at: i64) -> String {
    let (day, minute) = day_and_minute(at.div_euclid(1_000));
    (letters.date)(&day, &minute)
}

fn facts(letters: &Letters, occasion: &Occasion) -> Part {
    let labels = &letters.labels;
    let mut facts = vec![(labels.when, date(letters, occasion.at))];
    facts.extend(occasion.device.clone().map(|device| (labels.device, device)));
    facts.extend(occasion.address.clone().map(|address| (labels.address, address)));
    Part::Facts(facts)
}

fn text(parts: &[Part], Given { site, link, .. }: Given<'_>) -> String {
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

fn html(letters: &Letters, subject: &str, parts: &[Part], Given { site, link, .. }: Given<'_>) -> String {
    // Left to right is what HTML takes for granted.
    let (dir, start) = if letters.dir == "rtl" { (" dir=\"rtl\"", "right") } else { ("", "left") };
    let (lang, title) = (escape(letters.lang), escape(subject));
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\"{dir}><head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body style=\"font-family:sans-serif;max-width:36em\">\n"
    );
    for part in parts {
        let _ = match part {
            Part::Words(words) => writeln!(html, "<p>{}</p>", escape(words)),
            Part::Facts(facts) => {
                let rows = facts.iter().map(|(name, value)| {
                    let (name, value) = (escape(name), escape(&one_line(value)));
                    format!("<tr><th align=\"{start}\">{name}</th><td>{value}</td></tr>")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::mail::letters::{Disown, ENGLISH};
    use crate::times::Durations;

    const GIVEN: Given = Given { times: 1, most_in_a_row: 100, site: "https://a.example", link: "https://a.example/" };

    fn occasion(device: &str) -> Letter {
        let device = Some(device.to_owned());
        Letter::NewDevice(Occasion { at: 1_764_165_780_000, session: None, device, address: Some("::1".into()) })
    }

    #[test]
    fn a_mail_says_when_where_and_what_to_do() {
        let given = Given { site: "https://app.example.org", link: "https://app.example.org/x?y=z&a", ..GIVEN };
        let written = write(&ENGLISH, &occasion("Firefox on Windows"), given);
        assert_eq!(written.subject, "A new device signed in");
        for part in ["2025-11-26 14:03 UTC", "Firefox on Windows", "::1", "https://app.example.org/x?y=z&a"] {
            assert!(written.text.contains(part), "{part} in {}", written.text);
        }
        assert!(written.html.contains("href=\"https://app.example.org/x?y=z&amp;a\""));
    }

    #[test]
    fn markup_and_lines_in_a_name_stay_text_on_their_line() {
        let written = write(&ENGLISH, &occasion("<b>x</b>\r\nBcc: all"), GIVEN);
        assert!(!written.html.contains("<b>") && written.html.contains("&lt;b&gt;x"));
        assert!(!written.text.lines().any(|line| line.starts_with("Bcc")));
        assert!(!written.subject.contains("Bcc"));
    }

    #[test]
    fn a_mail_that_gathers_says_of_how_many_it_tells() {
        let one = write(&ENGLISH, &occasion("Firefox"), GIVEN);
        let three = write(&ENGLISH, &occasion("Firefox"), Given { times: 3, ..GIVEN });
        assert!(!one.text.contains("This happened"));
        assert!(three.text.contains("This happened 3 times since the last mail about it."), "{}", three.text);
    }

    #[test]
    fn another_set_of_words_is_used_and_the_rest_stays() {
        const OTHER: Letters = Letters {
            lang: "he",
            dir: "rtl",
            new_device: Happened { subject: "New & unknown", ..ENGLISH.new_device },
            disown: Disown { button: "Not <me>", ..ENGLISH.disown },
            ..ENGLISH
        };

        let written = write(&OTHER, &occasion("Firefox"), GIVEN);

        assert_eq!(written.subject, "New & unknown");
        assert!(written.text.contains("Not <me>:\nhttps://a.example/\n"), "{}", written.text);
        assert!(written.text.contains(ENGLISH.new_device.opening));
        for part in ["<html lang=\"he\" dir=\"rtl\">", "<title>New &amp; unknown</title>", ">Not &lt;me&gt;</a>"] {
            assert!(written.html.contains(part), "{part} in {}", written.html);
        }
        assert!(write(&ENGLISH, &occasion("Firefox"), GIVEN).html.contains("<html lang=\"en\"><head>"));
    }

    #[test]
    fn a_mail_says_the_numbers_of_the_rules() {
        const COUNTED: Durations = Durations {
            seconds: |n| format!("<{n}>"),
            minutes: |n| format!("<{}>", n * 60),
            hours: |n| format!("<{}>", n * 3_600),
            days: |n| format!("<{}>", n * 86_400),
        };
        const COUNTING: Letters = Letters { durations: COUNTED, ..ENGLISH };
        let Letter::NewDevice(occasion) = occasion("Firefox") else { unreachable!() };
        let (old, new, email, at) = (String::new(), String::new(), String::new(), 0);
        for (letter, purpose) in [
            (Letter::ResetPassword(occasion.clone()), Purpose::ResetPassword),
            (Letter::VerifyEmail, Purpose::VerifyEmail),
            (Letter::ConfirmEmail { email }, Purpose::ConfirmEmail),
            (Letter::EmailChanged { old, new, at }, Purpose::UndoEmail),
            (Letter::Reuse(occasion.clone()), Purpose::NotMe),
        ] {
            let life = format!(" for <{}>", purpose.life() / 1_000);
            assert!(write(&COUNTING, &letter, GIVEN).text.contains(&life), "{letter:?}");
        }

        let disabled = Letter::PasswordDisabled(occasion);
        for (most_in_a_row, words) in [(100, "A hundred wrong passwords in a row"), (30, "30 wrong passwords in a row")]
        {
            assert!(write(&ENGLISH, &disabled, Given { most_in_a_row, ..GIVEN }).text.starts_with(words));
        }
    }
}
