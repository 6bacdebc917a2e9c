//! Passwords that everybody tries first (NIST SP 800-63B-4 §3.1.1.2, the block list). Runs in: the server.

/// Lower case, one a line.
static LIST: &str = include_str!("common_passwords.txt");

/// Whether a lower-case password is on the list, or is one of its words over and over, with digits or marks around it.
pub fn is_common(password: &str) -> bool {
    let letters = password.trim_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation() || c == ' ');
    let is_listed = |word: &str| LIST.lines().any(|line| line == word);
    let joined: String = letters.chars().filter(|c| !matches!(c, ' ' | '-' | '_' | '.')).collect();
    letters.is_empty()
        || [password, letters, &joined].into_iter().any(|word| is_listed(word) || repeated(word).is_some_and(is_listed))
}

/// The shortest part that makes up the whole by repetition.
fn repeated(text: &str) -> Option<&str> {
    (1..=text.len() / 2)
        .filter(|length| text.len().is_multiple_of(*length) && text.is_char_boundary(*length))
        .map(|length| &text[..length])
        .find(|part| part.repeat(text.len() / part.len()) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_words_are_common_alone_repeated_and_decorated() {
        for common in [
            "correcthorsebatterystaple",
            "passwordpassword",
            "password password",
            "passwordpassword1!",
            "iloveyouiloveyou",
            "qwertyuiopasdfgh",
            "123456789012345",
            "password123456789",
        ] {
            assert!(is_common(common), "{common}");
        }
        for fine in ["a walk in the rain", "läuft wie öl, ja", "seven purple boats"] {
            assert!(!is_common(fine), "{fine}");
        }
    }
}
