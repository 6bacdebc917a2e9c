//! Notes of use: taken on the request path in memory, written in sets. Runs in: the server.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use crate::server::{
    auth::caller::By,
    clock::millis,
    store::{SessionTouch, Store},
};

/// How often the notes are written.
pub const WRITE_EVERY: Duration = Duration::from_secs(1);
/// A session in steady use is written this often, or oftener under a short idle limit: "last used" is never older than a
/// minute of use.
const REPEAT_AFTER: Duration = Duration::from_secs(30);
/// Milliseconds for which it is remembered that a generation was seen: the life of most tokens. A page that asks by itself
/// is noted once in so much time.
const REMEMBER: u64 = 5 * 60_000;
/// Sessions remembered at most, about 100 bytes each; past that a use is written more often than it need be.
const MAX_SEEN: usize = 200_000;
/// Notes that wait for the database at most, about 150 bytes each; past that a use is noted at the next request.
const MAX_QUEUED: usize = 200_000;
/// Notes in one statement: enough to share it, few enough that nobody waits for it.
const SET: usize = 500;
/// Before any time.
const NEVER: i64 = 0;

pub struct Touches {
    notes: Mutex<Notes>,
    /// Milliseconds.
    repeat_after: u64,
    max_seen: usize,
    max_queued: usize,
}

#[derive(Default)]
struct Notes {
    seen: HashMap<Uuid, Seen>,
    /// What `seen` held before it was half full: so that not everything is forgotten, and written again, at one moment.
    seen_before: HashMap<Uuid, Seen>,
    queue: HashMap<Uuid, SessionTouch>,
}

/// What was last noted of a session.
#[derive(Clone, Copy, Default)]
struct Seen {
    generation: u32,
    /// By a person.
    used_at: i64,
    noted_at: i64,
}

impl Touches {
    /// `idle_limit` is the shortest that a session may have.
    pub fn new(idle_limit: Duration) -> Self {
        Self {
            notes: Mutex::default(),
            repeat_after: millis(REPEAT_AFTER.min(idle_limit / 4)).unsigned_abs(),
            max_seen: MAX_SEEN,
            max_queued: MAX_QUEUED,
        }
    }

    /// Notes that a session was used. The first sight of a generation is always noted: it confirms the rotation, whoever
    /// sent it.
    pub fn note(&self, session: Uuid, generation: u32, address: IpAddr, by: By, now: i64) {
        let mut notes = self.lock();
        let seen = notes.seen(session);
        // Either way: a clock that was put back must not keep a use from being written.
        let is_due = by == By::Person && now.abs_diff(seen.used_at) >= self.repeat_after;
        if generation <= seen.generation && !is_due {
            return;
        }
        let used_at = if by == By::Person { now } else { seen.used_at };
        let last_at = if by == By::Person { now } else { NEVER };
        let touch = SessionTouch { id: session, generation, first_at: now, last_at, address };
        if notes.queue(touch, self.max_queued) {
            let generation = generation.max(seen.generation);
            notes.remember(session, Seen { generation, used_at, noted_at: now }, self.max_seen);
        }
    }

    /// Writes what is queued, set by set. What a failing database did not take stays queued, beside what came meanwhile.
    pub async fn write(&self, store: &Store) {
        let mut touches: Vec<SessionTouch> = self.lock().queue.drain().map(|(_, touch)| touch).collect();
        // Sessions that are near each other in the tables are written together.
        touches.sort_unstable_by_key(|touch| touch.id);
        while !touches.is_empty() {
            let rest = touches.split_off(touches.len().min(SET));
            match store.save_touches(touches.clone()).await {
                Ok(busy) => self.put_back(touches.into_iter().filter(|touch| busy.contains(&touch.id))),
                Err(_) => return self.put_back(touches.into_iter().chain(rest)),
            }
            touches = rest;
        }
    }

    /// Forgets sessions that nobody used of late.
    pub fn forget(&self, now: i64) {
        let mut notes = self.lock();
        let Notes { seen, seen_before, .. } = &mut *notes;
        for seen in [seen, seen_before] {
            seen.retain(|_, seen| now.abs_diff(seen.noted_at) < REMEMBER);
            // What a rush took is given back.
            if seen.capacity() > 4 * seen.len() + 64 {
                seen.shrink_to_fit();
            }
        }
    }

    fn put_back(&self, touches: impl IntoIterator<Item = SessionTouch>) {
        let mut notes = self.lock();
        for touch in touches {
            notes.queue(touch, self.max_queued);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    fn seen(&self, session: Uuid) -> Seen {
        self.seen.get(&session).or_else(|| self.seen_before.get(&session)).copied().unwrap_or_default()
    }

    fn remember(&mut self, session: Uuid, seen: Seen, max_seen: usize) {
        if self.seen.len() >= max_seen / 2 {
            self.seen_before = std::mem::take(&mut self.seen);
        }
        self.seen.insert(session, seen);
    }

    /// Beside what is queued of the session already, so that neither hides the other: the two may come in any order. False
    /// where there is no room.
    fn queue(&mut self, touch: SessionTouch, max_queued: usize) -> bool {
        let is_full = self.queue.len() >= max_queued;
        match self.queue.get_mut(&touch.id) {
            Some(queued) => {
                if touch.first_at >= queued.first_at {
                    queued.address = touch.address;
                }
                queued.generation = queued.generation.max(touch.generation);
                queued.first_at = queued.first_at.min(touch.first_at);
                queued.last_at = queued.last_at.max(touch.last_at);
            }
            None if is_full => return false,
            None => drop(self.queue.insert(touch.id, touch)),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const SESSION: Uuid = Uuid::from_u128(1);
    const PAGE: u32 = 0;
    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
    const HOUR: Duration = Duration::from_secs(3_600);

    impl Touches {
        fn taken(&self) -> Vec<SessionTouch> {
            self.lock().queue.drain().map(|(_, touch)| touch).collect()
        }

        fn queued(&self) -> usize {
            self.lock().queue.len()
        }
    }

    #[test]
    fn what_a_failing_database_did_not_take_is_hidden_by_nothing_newer() {
        let touches = Touches::new(HOUR);
        touches.note(SESSION, 5, HERE, By::Background, 1_000_000);
        let failed = touches.taken();
        touches.note(SESSION, PAGE, THERE, By::Person, 2_000_000);

        touches.put_back(failed);

        let kept = SessionTouch { id: SESSION, generation: 5, first_at: 1_000_000, last_at: 2_000_000, address: THERE };
        assert_eq!(touches.taken(), [kept]);
    }

    #[test]
    fn two_notes_of_a_session_make_the_same_one_in_either_order() {
        let early = SessionTouch { id: SESSION, generation: 7, first_at: 1_000, last_at: 3_000, address: HERE };
        let late = SessionTouch { id: SESSION, generation: 6, first_at: 2_000, last_at: NEVER, address: THERE };
        let both = |order: [&SessionTouch; 2]| {
            let touches = Touches::new(HOUR);
            touches.put_back(order.into_iter().cloned());
            touches.taken()
        };

        let made = SessionTouch { id: SESSION, generation: 7, first_at: 1_000, last_at: 3_000, address: THERE };
        assert_eq!(both([&early, &late]), std::slice::from_ref(&made));
        assert_eq!(both([&late, &early]), [made]);
    }

    #[test]
    fn a_use_is_written_again_after_a_while_also_where_the_clock_was_put_back() {
        let touches = Touches::new(HOUR);
        let day = 86_400_000;
        let is_noted = |now| {
            touches.note(SESSION, 1, HERE, By::Person, now);
            !touches.taken().is_empty()
        };

        assert!(is_noted(2 * day));
        assert!(!is_noted(2 * day + 29_999));
        assert!(is_noted(2 * day + 30_000));
        assert!(is_noted(day));
        assert!(!is_noted(day + 1));
    }

    #[test]
    fn a_page_that_asks_by_itself_is_no_use() {
        let touches = Touches::new(HOUR);
        touches.note(SESSION, 1, HERE, By::Background, 1_000);
        assert_eq!(touches.taken()[0].last_at, NEVER);
        for now in [1_001, 100_000] {
            touches.note(SESSION, 1, HERE, By::Background, now);
            touches.note(SESSION, PAGE, HERE, By::Background, now);
        }
        assert_eq!(touches.queued(), 0);
    }

    #[test]
    fn sessions_past_the_bound_are_forgotten_by_halves_and_never_all_at_once() {
        let touches = Touches { max_seen: 100, ..Touches::new(HOUR) };
        let note = |n: u128| touches.note(Uuid::from_u128(n), 1, HERE, By::Person, 1_000);
        (1..=1_000).for_each(note);
        let remembered = {
            let notes = touches.lock();
            notes.seen.len() + notes.seen_before.len()
        };
        assert!(remembered <= 100, "{remembered}");
        touches.taken();

        (951..=1_000).for_each(note);

        assert_eq!(touches.queued(), 0, "the latest are remembered");
    }

    #[test]
    fn a_full_queue_leaves_a_use_to_be_noted_by_the_next_request() {
        let touches = Touches { max_queued: 2, ..Touches::new(HOUR) };
        let note = |n: u128| touches.note(Uuid::from_u128(n), 1, HERE, By::Person, 1_000);
        (1..=3).for_each(note);
        assert_eq!(touches.taken().len(), 2);

        (1..=3).for_each(note);

        assert_eq!(touches.taken().iter().map(|touch| touch.id.as_u128()).collect::<Vec<_>>(), [3]);
    }
}
