//! Whether a new password is worth its name: how soon somebody who tries likely ones would come upon it, also with what can
//! be known of the person (NIST SP 800-63B-4 §3.1.1.2). No kind of character is asked for. Runs in: the server.

use std::time::Duration;

use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;
use zxcvbn::zxcvbn;

use crate::server::auth::node::Auth;
use tabkey_core::{Email, Error, FieldError, NewPassword};

/// Guesses that a password must withstand: zxcvbn's mark for a stolen database with slow hashes. Who tries a thousand a
/// second is at it for four months, after 10⁸ for a day.
const ENOUGH: u64 = 10_000_000_000;
/// Guesses that must remain without every name, and without what parts the words: as many as six characters are worth.
const ENOUGH_WITHOUT: u64 = 1_000_000;
/// Characters that the estimator looks at, at either end: it takes 1 s for a hundred that are chosen to hold it up, and
/// 15 ms for these. Who has enough in a part has enough.
const LOOKED_AT: usize = 32;
/// Shorter parts of a name are in too many honest words.
const SHORTEST_NAME: usize = 4;
/// The product's own.
const OURS: &str = "tabkey";

/// Estimates at one time, and how long one may wait for its turn.
static ESTIMATES: Semaphore = Semaphore::const_new(2);
const PATIENCE: Duration = Duration::from_secs(2);

/// To be asked behind the limits, before a new password is hashed; `field` is its name in the form. Errors: 422 with
/// `common` or `contains_identity`, 503.
pub async fn check_new_password(
    auth: &Auth,
    field: &str,
    password: &NewPassword,
    email: &Email,
    display_name: &str,
) -> Result<(), Error> {
    let names = names(email.as_str(), display_name, &auth.config.server.public_url);
    let password = Zeroizing::new(password.reveal().to_owned());
    let permit = timeout(PATIENCE, ESTIMATES.acquire()).await.ok().and_then(Result::ok).ok_or_else(Error::busy)?;
    // The permit goes with the work: who hangs up frees it no sooner.
    let fault = spawn_blocking(move || {
        let _held = permit;
        fault(&password, &names)
    });
    match fault.await.map_err(|_| Error::busy())? {
        Some(fault) => Err(Error::field(field, fault)),
        None => Ok(()),
    }
}

/// What is wrong with it, for somebody of these names.
fn fault(password: &str, names: &[String]) -> Option<FieldError> {
    if is_made_of(password, names) {
        return Some(FieldError::ContainsIdentity);
    }
    let joined = Zeroizing::new(password.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
    let is_guessed = |names: &[&str]| guesses(password, names) < ENOUGH || guesses(&joined, names) < ENOUGH_WITHOUT;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match (is_guessed(&[]), is_guessed(&names)) {
        (true, _) => Some(FieldError::Common),
        (false, true) => Some(FieldError::ContainsIdentity),
        (false, false) => None,
    }
}

/// The better of its two ends.
fn guesses(text: &str, names: &[&str]) -> u64 {
    let looked_at: Zeroizing<String> = Zeroizing::new(text.chars().take(LOOKED_AT).collect());
    let first = zxcvbn(&looked_at, names).guesses();
    let count = text.chars().count();
    if first >= ENOUGH || count <= LOOKED_AT {
        return first;
    }
    let last: Zeroizing<String> = Zeroizing::new(text.chars().skip(count - LOOKED_AT).collect());
    first.max(zxcvbn(&last, names).guesses())
}

/// Whether little is left of it without the names, read forwards or backwards, with figures for letters or without.
fn is_made_of(password: &str, names: &[String]) -> bool {
    let plain = Zeroizing::new(folded(password));
    let turned = Zeroizing::new(plain.chars().rev().collect::<String>());
    [plain, turned].into_iter().any(|text| {
        let spelled = Zeroizing::new(text.chars().map(as_letter).collect::<String>());
        [text, spelled].iter().any(|text| without(text, names).is_some_and(|rest| guesses(&rest, &[]) < ENOUGH_WITHOUT))
    })
}

/// `None` where there is no name in it.
fn without(text: &str, names: &[String]) -> Option<Zeroizing<String>> {
    let mut rest = Zeroizing::new(text.to_owned());
    let mut found = false;
    for name in names.iter().filter(|name| name.chars().count() >= SHORTEST_NAME) {
        if rest.contains(name.as_str()) {
            found = true;
            rest = Zeroizing::new(rest.replace(name.as_str(), ""));
        }
    }
    found.then_some(rest)
}

/// What a stranger can know of the person and the site, the longest first: each whole, and each word of it.
fn names(email: &str, display_name: &str, public_url: &str) -> Vec<String> {
    let site = public_url.split_once("://").map_or(public_url, |(_, host)| host);
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let wholes = [email, local, domain, display_name, site, OURS];
    let words = wholes.iter().flat_map(|whole| whole.split(|c: char| !c.is_alphanumeric()));
    // "Higginbottom, Bartholomew" too.
    let turned: String = display_name.split_whitespace().rev().collect();
    let mut names: Vec<String> = wholes.iter().copied().chain(words).map(folded).chain([folded(&turned)]).collect();
    names.retain(|name| name.chars().count() >= 3);
    names.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    names.dedup();
    names
}

/// Letters and figures alone, in lower case, without accents: `Ægir Östlund` is `ægirostlund`.
fn folded(text: &str) -> String {
    text.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The letter for which a figure is written.
fn as_letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '2' => 'z',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '6' => 'g',
        '7' => 't',
        '8' => 'b',
        '9' => 'g',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn judged(password: &str) -> Option<FieldError> {
        let names = names("bart.h@widgets.example", "Bartholomew Higginbottom", "https://login.acmebank.test");
        fault(password, &names)
    }

    #[test]
    fn what_is_tried_first_is_common_whatever_its_length() {
        for common in [
            "qwertyuiopasdfg",
            "123456789012345",
            "passwordpassword1!",
            "PasswordPassword2026",
            "Summer2026Summer2026",
            "1qaz2wsx3edc4rfv",
            "iloveyouiloveyou",
            "letmeinletmeinplease",
            "password password password",
            "p4ssw0rdp4ssw0rd",
            "drowssapdrowssap",
        ] {
            assert_eq!(judged(common), Some(FieldError::Common), "{common}");
        }
        assert_eq!(judged(&"password".repeat(32)), Some(FieldError::Common));
    }

    #[test]
    fn digits_alone_and_small_letters_alone_are_fine_where_nobody_can_guess_them() {
        for fine in [
            "928374650192837465",
            "756247381085762037",
            "172757217426062276",
            "a walk in the rain",
            "läuft wie öl, ja",
            "seven purple boats",
            "my widgets are of a fine sort",
            "kanarienvogel im garten",
            "rgiyktqilkkdjht",
        ] {
            assert_eq!(judged(fine), None, "{fine}");
        }
        // Weak at its beginning alone.
        assert_eq!(judged(&("a".repeat(40) + "rgiyktqilkkdjhtywpesrydk")), None);
    }

    #[test]
    fn r24_the_names_of_the_person_and_the_site_are_their_identity_however_they_are_written() {
        for named in [
            "bartholomewhigginbottom",
            "Bartholomew Higginbottom",
            "higginbottombartholomew",
            "Higginbottom, Bartholomew!",
            "bartholomew.higginbottom.1",
            "bartholomew1987higginbottom",
            "B4rth0l0m3wH1gg1nb0tt0m",
            "mottobniggihwemolohtrab",
            "bartholomewbartholomew",
            "bartholomew-password",
            "b.a.r.t.h.o.l.o.m.e.w.!",
            "bart.h@widgets.example",
            "acmebankacmebank2026",
            "login.acmebank.test",
            "tabkeytabkeytabkey",
            "BARTHOLOMEWacmebank",
        ] {
            assert_eq!(judged(named), Some(FieldError::ContainsIdentity), "{named}");
        }
        let names = names("a@b.example", "Ægir Östlund", "http://localhost:3000");
        assert_eq!(fault("östlundostlund99", &names), Some(FieldError::ContainsIdentity));
    }

    #[test]
    fn a_name_in_a_sentence_is_not_all_of_it() {
        assert_eq!(judged("bartholomew walks seven purple dogs"), None);
    }

    /// The bound is generous: other tests run beside this one.
    #[test]
    fn what_is_chosen_to_hold_the_estimator_up_does_not() {
        let hostile: String = "4@{([<1!|07$+6938%2".chars().cycle().take(256).collect();
        let shuffled: String = (0..256).map(|at| hostile.as_bytes()[(at * at + 7 * at) % 256] as char).collect();
        for text in [hostile, shuffled, "a".repeat(256), "é".repeat(256), "1/1/11".repeat(42)] {
            let begun = Instant::now();
            judged(&text);
            assert!(begun.elapsed() < Duration::from_secs(3), "{:?} for {text}", begun.elapsed());
        }
    }
}
