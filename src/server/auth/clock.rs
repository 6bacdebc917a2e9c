//! The wall clock, read in one place. Decisions take the time as an argument. Runs in: the server.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Unix milliseconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    millis(since)
}

/// A duration in milliseconds; a longer one than 292 million years counts as that.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Unix milliseconds as unix seconds.
pub fn seconds(millis: i64) -> i64 {
    millis.div_euclid(1_000)
}
