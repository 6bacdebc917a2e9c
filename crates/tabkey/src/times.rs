//! How long something lasts, and when it happened, for the words of pages and of mails alike. Runs in: both.

use std::time::{Duration, UNIX_EPOCH};

/// How a language says how long something lasts: "a second", "90 seconds".
#[derive(Clone, Copy)]
pub struct Durations {
    pub seconds: fn(u64) -> String,
    pub minutes: fn(u64) -> String,
    pub hours: fn(u64) -> String,
    pub days: fn(u64) -> String,
}

impl Durations {
    pub const ENGLISH: Self = Self {
        seconds: |n| count(n, "a second", "seconds"),
        minutes: |n| count(n, "a minute", "minutes"),
        hours: |n| count(n, "an hour", "hours"),
        days: |n| count(n, "a day", "days"),
    };

    /// A time as a setting has it, in the largest unit that goes into it: "7 days", "an hour", "90 minutes".
    pub fn say(&self, seconds: u64) -> String {
        let units = [(86_400, self.days), (3_600, self.hours), (60, self.minutes)];
        let whole = units.into_iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
        let (length, said) = whole.unwrap_or((1, self.seconds));
        said(seconds / length)
    }
}

/// In English: `one` as it is, any other number before `many`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 { one.to_owned() } else { format!("{n} {many}") }
}

/// Unix seconds by RFC 3339, in UTC.
pub fn iso(at: i64) -> String {
    let since = Duration::from_secs(at.clamp(0, 253_402_300_799).unsigned_abs());
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string()
}

/// Unix seconds in UTC: `2026-11-24` and `14:03`.
pub fn day_and_minute(at: i64) -> (String, String) {
    let iso = iso(at);
    (iso[..10].to_owned(), iso[11..16].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_in_the_largest_unit_that_goes_into_it() {
        let said =
            [1_800, 86_400, 7 * 86_400, 3_600, 5_400, 60, 90, 1, 0].map(|seconds| Durations::ENGLISH.say(seconds));
        let words = [
            "30 minutes",
            "a day",
            "7 days",
            "an hour",
            "90 minutes",
            "a minute",
            "90 seconds",
            "a second",
            "0 seconds",
        ];
        assert_eq!(said, words);
    }
}
