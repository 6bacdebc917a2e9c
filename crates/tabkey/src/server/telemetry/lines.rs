//! So many lines of one kind and no more: who sends refused requests by the thousand fills no disk. Runs in: the server.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::Instant,
};

/// Lines of one kind that may come at once: enough to see what goes on.
const BURST: f64 = 20.0;
/// Lines of one kind a second from then on: about 20 MB a day.
const PER_SECOND: f64 = 1.0;
/// Kinds are words of ours; more than these share one count.
const MAX_KINDS: usize = 128;
const THE_REST: &str = "other";

static LINES: LazyLock<Mutex<Lines>> = LazyLock::new(Mutex::default);

/// Whether one more line of this kind may be written now; one that may not is counted, and [`sum_up`] says how many those
/// were. For every line that a stranger can cause. `kind` is a word of ours, never a part of what was sent.
pub fn admits(kind: &str) -> bool {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).admits(kind, Instant::now())
}

/// Writes how many lines of each kind were left out since the last time.
pub fn sum_up() {
    let left_out = LINES.lock().unwrap_or_else(PoisonError::into_inner).left_out();
    for (kind, count) in left_out {
        tracing::info!(kind, "and {} more", grouped(count));
    }
}

#[derive(Default)]
struct Lines {
    kinds: HashMap<String, Kind>,
}

struct Kind {
    /// Lines that may still be written.
    left: f64,
    seen: Instant,
    left_out: u64,
}

impl Lines {
    fn admits(&mut self, kind: &str, now: Instant) -> bool {
        let is_known = self.kinds.contains_key(kind) || self.kinds.len() < MAX_KINDS;
        let kind = if is_known { kind } else { THE_REST };
        if !self.kinds.contains_key(kind) {
            self.kinds.insert(kind.to_owned(), Kind { left: BURST, seen: now, left_out: 0 });
        }
        let Some(kind) = self.kinds.get_mut(kind) else { return false };
        let passed = now.saturating_duration_since(kind.seen).as_secs_f64();
        kind.seen = now;
        kind.left = (kind.left + passed * PER_SECOND).min(BURST);
        let admits = kind.left >= 1.0;
        if admits {
            kind.left -= 1.0;
        } else {
            kind.left_out += 1;
        }
        admits
    }

    fn left_out(&mut self) -> Vec<(String, u64)> {
        let counted = self.kinds.iter_mut().filter(|(_, kind)| kind.left_out > 0);
        counted.map(|(name, kind)| (name.clone(), std::mem::take(&mut kind.left_out))).collect()
    }
}

/// `1234567` → `1,234,567`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn of_a_flood_a_few_lines_are_written_and_the_rest_is_counted() {
        let (mut lines, start) = (Lines::default(), Instant::now());

        let written = (0..10_000).filter(|_| lines.admits("wrong_credentials", start)).count();

        assert_eq!(written, 20);
        assert_eq!(lines.left_out(), [("wrong_credentials".to_owned(), 9_980)]);
        assert_eq!(lines.left_out(), [], "said once");
        assert!(lines.admits("busy", start), "another kind has lines of its own");
    }

    #[test]
    fn a_steady_stream_is_one_line_a_second() {
        let (mut lines, start) = (Lines::default(), Instant::now());
        for _ in 0..20 {
            lines.admits("refused", start);
        }

        let written = (0..60_000).filter(|n| lines.admits("refused", start + Duration::from_millis(*n))).count();

        assert!((59..=60).contains(&written), "{written} in a minute");
    }

    #[test]
    fn kinds_that_somebody_else_could_choose_would_fill_no_memory() {
        let (mut lines, now) = (Lines::default(), Instant::now());
        for n in 0..10_000 {
            lines.admits(&n.to_string(), now);
        }
        assert!(lines.kinds.len() <= MAX_KINDS + 1);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([1, 999, 1_234, 1_234_567].map(grouped), ["1", "999", "1,234", "1,234,567"]);
    }
}
