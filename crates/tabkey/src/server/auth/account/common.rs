//! Passwords that people really use, and that are therefore tried first (NIST SP 800-63B-4 §3.1.1.2, the block list). Runs
//! in: the server.

use std::cmp::Ordering;

/// 12 characters or more, in lower case, one a line, sorted by bytes. `scripts/common-passwords` makes it, and says from
/// what. Shorter ones are among the estimator's own words.
static LIST: &str = include_str!("common_passwords.txt");

/// What may be hung on a listed password without making it another: `1!`, `2026`, `_123`.
const DECORATION: usize = 6;

/// Whether a lower-case password is on the list as it is, without what parts its words, or without what is hung on it.
pub fn is_common(password: &str) -> bool {
    let joined: String = password.chars().filter(|c| c.is_alphanumeric()).collect();
    let core = joined.trim_matches(|c: char| c.is_ascii_digit());
    let is_decorated = joined.len() - core.len() <= DECORATION;
    is_listed(password) || is_listed(&joined) || (is_decorated && is_listed(core))
}

fn is_listed(password: &str) -> bool {
    let (list, wanted) = (LIST.as_bytes(), password.as_bytes());
    let (mut from, mut to) = (0, list.len());
    while from < to {
        // The whole line in which the middle lies.
        let middle = (from + to) / 2;
        let begin = list[from..middle].iter().rposition(|byte| *byte == b'\n').map_or(from, |at| from + at + 1);
        let end = list[middle..to].iter().position(|byte| *byte == b'\n').map_or(to, |at| middle + at);
        match list[begin..end].cmp(wanted) {
            Ordering::Equal => return true,
            Ordering::Less => from = end + 1,
            Ordering::Greater => to = begin,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_found_and_nothing_between_them() {
        for line in LIST.lines() {
            assert!(is_listed(line), "{line}");
            assert!(!is_listed(&format!("{line}\u{1}")), "{line}");
        }
        assert!(!is_listed(""));
        assert!(LIST.lines().count() > 40_000);
        assert!(LIST.lines().is_sorted());
    }

    #[test]
    fn listed_ones_are_common_alone_parted_and_decorated() {
        for common in [
            "correcthorsebatterystaple",
            "correct-horse-battery-staple",
            "passwordpassword",
            "password password",
            "passwordpassword1!",
            "qwertyuiopasdfg",
            "polniypizdec0211",
            "momsanaladventure2026",
        ] {
            assert!(is_common(common), "{common}");
        }
        for fine in ["a walk in the rain", "läuft wie öl, ja", "seven purple boats", "928374650192837465"] {
            assert!(!is_common(fine), "{fine}");
        }
    }
}
