//! The middle, the worst of a hundred, and the worst.

use std::{fmt, time::Duration};

pub struct Figures {
    pub p50: Duration,
    pub p99: Duration,
    pub max: Duration,
    pub count: usize,
}

impl Figures {
    pub fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        let count = durations.len();
        // The smallest that no more than the rest exceed.
        let rank = |percent: usize| durations[(count * percent).div_ceil(100).max(1) - 1];
        Self { p50: rank(50), p99: rank(99), max: rank(100), count }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        write!(f, "{:>7.1} {:>7.1} {:>7.1}   ({})", ms(self.p50), ms(self.p99), ms(self.max), self.count)
    }
}
