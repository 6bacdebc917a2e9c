//! Times and durations. Runs in: both.

use super::Words;
use crate::times::{Durations, count, day_and_minute};

/// How times are said. Each number comes to a function, so that a language has the forms that it needs.
#[derive(Clone, Copy)]
pub struct TimeWords {
    pub durations: Durations,
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
        durations: Durations::ENGLISH,
        seconds_left: |n| format!("{n} s"),
        just_now: "just now",
        minutes_ago: |n| count(n, "1 minute ago", "minutes ago"),
        hours_ago: |n| count(n, "1 hour ago", "hours ago"),
        days_ago: |n| count(n, "1 day ago", "days ago"),
        on: |day| format!("on {day}"),
        utc: |day, time| format!("{day} {time} UTC"),
    };
}

impl Words {
    /// A time as a setting has it: "7 days", "an hour", "90 minutes".
    pub fn duration(&self, seconds: u64) -> String {
        self.times.durations.say(seconds)
    }

    /// How long to wait, roughly.
    pub fn wait(&self, seconds: u32) -> String {
        match seconds {
            0..=90 => (self.times.durations.seconds)(seconds.max(1).into()),
            _ => (self.times.durations.minutes)(seconds.div_ceil(60).into()),
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
            _ => (times.on)(&day_and_minute(at).0),
        }
    }

    /// Exactly, in UTC.
    pub fn utc(&self, at: i64) -> String {
        let (day, minute) = day_and_minute(at);
        (self.times.utc)(&day, &minute)
    }
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
    fn waits_read_as_people_say_them() {
        for (seconds, expected) in [(0, "a second"), (90, "90 seconds"), (91, "2 minutes")] {
            assert_eq!(ENGLISH.wait(seconds), expected);
        }
    }
}
