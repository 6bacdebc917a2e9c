//! Notes of use: taken on the request path in memory, written in batches. Runs in: the server.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use super::clock::millis;
use crate::server::store::{SessionTouch, Store};

/// How often the notes are written.
pub const WRITE_EVERY: Duration = Duration::from_secs(1);
/// A session in steady use is written this often, or oftener under a short idle limit: "last used" is never older than a
/// minute of use.
const REPEAT_AFTER: Duration = Duration::from_secs(30);
/// Sessions remembered at most, about 100 bytes each; past that a use is written more often than it need be.
const MAX_SEEN: usize = 200_000;
/// Before any time.
const NEVER: i64 = 0;

/// Who made a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A person, as far as anybody can tell.
    Person,
    /// A page by itself: it says so, and its session's idle time runs on.
    Background,
}

pub struct Touches {
    notes: Mutex<Notes>,
    /// Milliseconds.
    repeat_after: i64,
}

#[derive(Default)]
struct Notes {
    /// The generation and time of each session's last note.
    seen: HashMap<Uuid, (u32, i64)>,
    queue: HashMap<Uuid, SessionTouch>,
}

impl Touches {
    /// `idle_limit` is the shortest that a session may have.
    pub fn new(idle_limit: Duration) -> Self {
        Self { notes: Mutex::default(), repeat_after: millis(REPEAT_AFTER.min(idle_limit / 4)) }
    }

    /// Notes that a session was used. The first sight of a generation is always noted: it confirms the rotation, whoever
    /// sent it.
    pub fn note(&self, session: Uuid, generation: u32, address: IpAddr, by: By, now: i64) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let (seen, used_at) = notes.seen.get(&session).copied().unwrap_or((0, NEVER));
        let is_due = by == By::Person && now.saturating_sub(used_at) >= self.repeat_after;
        if generation <= seen && !is_due {
            return;
        }
        if notes.seen.len() >= MAX_SEEN {
            notes.seen.clear();
        }
        let used_at = if by == By::Person { now } else { used_at };
        notes.seen.insert(session, (generation.max(seen), used_at));
        let touch = notes.queue.entry(session).or_insert_with(|| SessionTouch {
            id: session,
            generation,
            first_at: now,
            last_at: NEVER,
            address: String::new(),
        });
        touch.generation = touch.generation.max(generation);
        touch.last_at = touch.last_at.max(used_at);
        touch.address = address.to_string();
    }

    /// Writes what is queued. What a failing database did not take stays queued.
    pub async fn write(&self, store: &Store) {
        let touches: Vec<SessionTouch> = {
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            notes.queue.drain().map(|(_, touch)| touch).collect()
        };
        if touches.is_empty() || store.save_touches(touches.clone()).await.is_ok() {
            return;
        }
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        for touch in touches.into_iter().take(MAX_SEEN) {
            notes.queue.entry(touch.id).or_insert(touch);
        }
    }

    /// Forgets sessions that nobody used of late.
    pub fn forget(&self, now: i64) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.seen.retain(|_, (_, at)| now.saturating_sub(*at) < self.repeat_after);
    }
}
