//! The clock, read in one place. Decisions take the time as an argument. A clock that jumps is not believed at once: what
//! is ended, forgotten or deleted by a wrong hour does not come back when the hour does. Runs in: the server.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::time::{ClockId, clock_gettime};

/// Milliseconds by which the wall clock may be set and is followed at once.
const SLACK: i64 = 60_000;
/// Milliseconds for which it must have stayed as it was set, where that was further.
const STEADY: i64 = 5 * 60_000;
/// Nothing is believed yet.
const UNKNOWN: i64 = i64::MIN;

/// How far the wall clock is ahead of the time since the machine started, as far as it is believed.
static BELIEVED: AtomicI64 = AtomicI64::new(UNKNOWN);
static DOUBT: Mutex<Option<Doubt>> = Mutex::new(None);

/// A wall clock that was set, and for how long it has stayed so. Milliseconds since the machine started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Doubt {
    ahead: i64,
    since: i64,
}

/// Unix milliseconds.
pub fn now() -> i64 {
    let (wall, steady) = (wall(), steady());
    let believed = BELIEVED.load(Ordering::Relaxed);
    let ahead = wall - steady;
    if ahead == believed {
        return wall;
    }
    let believed = match believed {
        UNKNOWN => ahead,
        believed if is_near(ahead, believed) => ahead,
        believed => {
            let mut doubt = lock();
            let (believed, doubted) = judge(believed, *doubt, ahead, steady);
            if doubt.is_none() && doubted.is_some() {
                let by = ahead - believed;
                tracing::warn!(by, "the clock was set; it is believed once it has stayed so for five minutes");
            }
            *doubt = doubted;
            believed
        }
    };
    BELIEVED.store(believed, Ordering::Relaxed);
    steady + believed
}

/// Whether the wall clock was set and is not believed.
pub fn is_doubted() -> bool {
    lock().is_some()
}

/// Believes the wall clock where a witness says the same.
pub fn hear(witness: i64) {
    let (wall, steady) = (wall(), steady());
    if is_near(wall, witness) {
        *lock() = None;
        BELIEVED.store(wall - steady, Ordering::Relaxed);
    }
}

/// What is believed of a clock that is `ahead` by so much of `steady`, and whether it is doubted from now on.
fn judge(believed: i64, doubt: Option<Doubt>, ahead: i64, steady: i64) -> (i64, Option<Doubt>) {
    if is_near(ahead, believed) {
        return (ahead, None);
    }
    match doubt {
        Some(doubt) if is_near(doubt.ahead, ahead) && steady - doubt.since >= STEADY => (ahead, None),
        Some(doubt) if is_near(doubt.ahead, ahead) => (believed, Some(doubt)),
        _ => (believed, Some(Doubt { ahead, since: steady })),
    }
}

fn is_near(a: i64, b: i64) -> bool {
    a.abs_diff(b) <= SLACK.unsigned_abs()
}

fn lock() -> std::sync::MutexGuard<'static, Option<Doubt>> {
    DOUBT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wall() -> i64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// Milliseconds since the machine started, those in which it slept too: nobody sets this clock.
fn steady() -> i64 {
    let since = clock_gettime(ClockId::Boottime);
    since.tv_sec * 1_000 + since.tv_nsec / 1_000_000
}

/// A duration in milliseconds; a longer one than 292 million years counts as that.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Unix milliseconds as unix seconds.
pub fn seconds(millis: i64) -> i64 {
    millis.div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MONTH: i64 = 31 * 86_400_000;

    #[test]
    fn small_steps_are_followed_at_once() {
        assert_eq!(judge(1_000, None, 1_000 + SLACK, 5), (1_000 + SLACK, None));
        assert_eq!(judge(1_000, None, 1_000 - SLACK, 5), (1_000 - SLACK, None));
    }

    #[test]
    fn a_jump_is_believed_once_it_has_stayed_for_five_minutes() {
        for jump in [MONTH, -MONTH] {
            let (believed, doubt) = judge(0, None, jump, 1_000);
            assert_eq!((believed, doubt), (0, Some(Doubt { ahead: jump, since: 1_000 })));
            assert_eq!(judge(0, doubt, jump, 1_000 + STEADY - 1), (0, doubt));
            assert_eq!(judge(0, doubt, jump, 1_000 + STEADY), (jump, None));
        }
    }

    #[test]
    fn a_clock_that_comes_back_is_as_it_was() {
        let (_, doubt) = judge(0, None, MONTH, 1_000);
        assert_eq!(judge(0, doubt, 3, 60_000), (3, None));
    }

    #[test]
    fn a_clock_that_jumps_about_is_never_believed() {
        let (mut believed, mut doubt) = (0, None);
        for turn in 0..100 {
            (believed, doubt) = judge(believed, doubt, MONTH * (1 + turn % 2), turn * STEADY / 2);
        }
        assert_eq!(believed, 0);
    }

    #[test]
    fn time_is_told_in_step_with_the_wall_clock() {
        assert!(is_near(now(), wall()));
        assert!(!is_doubted());
    }

    proptest! {
        #[test]
        fn whatever_the_clock_does_within_five_minutes_time_goes_on(
            jumps in prop::collection::vec((-MONTH..MONTH, 0..60_000_i64), 1..5),
        ) {
            let (mut believed, mut doubt, mut steady) = (0, None, 0);
            for (ahead, passed) in jumps {
                steady += passed;
                let was = believed;
                (believed, doubt) = judge(believed, doubt, ahead, steady);
                prop_assert!(is_near(believed, was));
                prop_assert_eq!(doubt.is_some(), !is_near(ahead, believed));
            }
        }
    }
}
