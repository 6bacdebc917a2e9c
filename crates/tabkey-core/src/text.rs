//! One line of text that a person typed and others will read. Runs in: both.

use unicode_normalization::UnicodeNormalization;

use crate::FieldError;

/// Trims and normalises (NFC), then refuses what could break a line, a log or a reader's eye.
pub(super) fn parse_line(input: &str, max_chars: usize) -> Result<String, FieldError> {
    if input.len() > max_chars * 16 {
        return Err(FieldError::TooLong);
    }
    let line: String = input.trim().nfc().collect();
    if line.is_empty() {
        return Err(FieldError::Required);
    }
    if line.chars().any(is_unprintable) {
        return Err(FieldError::Malformed);
    }
    if line.chars().count() > max_chars {
        return Err(FieldError::TooLong);
    }
    Ok(line)
}

/// Control characters, line and paragraph separators, bidirectional controls (Trojan Source, CVE-2021-42574), and
/// characters of no width that make two names look alike.
pub(super) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_normalised() {
        assert_eq!(parse_line("  Cafe\u{301} ", 64), Ok("Café".into()));
    }

    #[test]
    fn markup_is_just_text() {
        assert_eq!(parse_line("<b>Ann</b>", 64), Ok("<b>Ann</b>".into()));
    }

    #[test]
    fn control_and_bidirectional_characters_are_refused() {
        for bad in ["a\0b", "a\nb", "a\u{202E}b", "a\u{2066}b", "a\u{200F}b", "a\u{7f}b"] {
            assert_eq!(parse_line(bad, 64), Err(FieldError::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(parse_line(&"é".repeat(64), 64).is_ok());
        assert_eq!(parse_line(&"é".repeat(65), 64), Err(FieldError::TooLong));
        assert_eq!(parse_line(&"x".repeat(10_000_000), 64), Err(FieldError::TooLong));
    }
}
