//! Times and durations. Runs in: both.

use std::time::{Duration, UNIX_EPOCH};

use super::Words;

/// How times are said. Each number comes to a function, so that a language has the forms that it needs.
#[derive(Clone, Copy)]
pub struct TimeWords {
    /// How long something lasts: "a second", "90 seconds"; so the next three.
    pub seconds: fn(u64) -> String,
    pub minutes: fn(u64) -> String,
    pub hours: fn(u64) -> String,
    pub days: fn(u64) -> String,
    /// Seconds that run down, as short as can be.
    pub seconds_left: fn(u64) -> String,
    /// Less than a minute before now.
    pub just_now: &'static str,
    pub minutes_ago: fn(u64) -> String,
    pub hours_ago: fn(u64) -> String,
    pub days_ago: fn(u64) -> String,
    /// On a day long ago, given as `2026-11-24`.
    pub on: fn(day: &str) -> String,
    /// An exact time in UTC, given as `2026-11-24` and `14:03`.
    pub utc: fn(day: &str, time: &str) -> String,
}

impl TimeWords {
    pub const ENGLISH: Self = Self {
        seconds: |n| count(n, "a second", "seconds"),
        minutes: |n| count(n, "a minute", "minutes"),
        hours: |n| count(n, "an hour", "hours"),
        days: |n| count(n, "a day", "days"),
        seconds_left: |n| format!("{n} s"),
        just_now: "just now",
        minutes_ago: |n| count(n, "1 minute ago", "minutes ago"),
        hours_ago: |n| count(n, "1 hour ago", "hours ago"),
        days_ago: |n| count(n, "1 day ago", "days ago"),
        on: |day| format!("on {day}"),
        utc: |day, time| format!("{day} {time} UTC"),
    };
}

fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 { one.to_owned() } else { format!("{n} {many}") }
}

impl Words {
    /// A time as a setting has it: "7 days", "an hour", "90 minutes".
    pub fn duration(&self, seconds: u64) -> String {
        let times = &self.times;
        let units = [(86_400, times.days), (3_600, times.hours), (60, times.minutes)];
        let whole = units.into_iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
        let (length, said) = whole.unwrap_or((1, times.seconds));
        said(seconds / length)
    }

    /// How long to wait, roughly.
    pub fn wait(&self, seconds: u32) -> String {
        match seconds {
            0..=90 => (self.times.seconds)(seconds.max(1).into()),
            _ => (self.times.minutes)(seconds.div_ceil(60).into()),
        }
    }

    /// How long before `now`, both in unix seconds. What seems to lie ahead happened just now: clocks differ a little.
    pub fn ago(&self, at: i64, now: i64) -> String {
        let times = &self.times;
        match u64::try_from(now - at).unwrap_or_default() {
            ..45 => times.just_now.to_owned(),
            seconds @ 45..3_600 => (times.minutes_ago)((seconds + 30) / 60),
            seconds @ 3_600..86_400 => (times.hours_ago)(seconds / 3_600),
            seconds @ 86_400..2_592_000 => (times.days_ago)(seconds / 86_400),
            _ => (times.on)(&iso(at)[..10]),
        }
    }

    /// Exactly, in UTC.
    pub fn utc(&self, at: i64) -> String {
        let iso = iso(at);
        (self.times.utc)(&iso[..10], &iso[11..16])
    }
}

/// RFC 3339, in UTC.
pub fn iso(at: i64) -> String {
    let since = Duration::from_secs(at.clamp(0, 253_402_300_799).unsigned_abs());
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string()
}

#[cfg(test)]
mod tests {
    use crate::ui::words::ENGLISH;

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
            assert_eq!(ENGLISH.ago(1_795_500_000 - seconds, 1_795_500_000), expected);
        }
        assert_eq!(ENGLISH.utc(1_795_500_000), "2026-11-24 06:00 UTC");
    }

    #[test]
    fn settings_and_waits_read_as_people_say_them() {
        let durations = [(604_800, "7 days"), (86_400, "a day"), (3_600, "an hour"), (5_400, "90 minutes")];
        for (seconds, expected) in durations {
            assert_eq!(ENGLISH.duration(seconds), expected);
        }
        for (seconds, expected) in [(0, "a second"), (90, "90 seconds"), (91, "2 minutes")] {
            assert_eq!(ENGLISH.wait(seconds), expected);
        }
    }
}
