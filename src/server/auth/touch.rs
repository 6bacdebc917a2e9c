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

    /// Notes that a session was used. The first sight of a generation is always noted: it confirms the rotation.
    pub fn note(&self, session: Uuid, generation: u32, address: IpAddr, now: i64) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.seen.get(&session).is_some_and(|(seen, at)| *seen >= generation && now - at < self.repeat_after) {
            return;
        }
        if notes.seen.len() >= MAX_SEEN {
            notes.seen.clear();
        }
        notes.seen.insert(session, (generation, now));
        let touch = notes.queue.entry(session).or_insert_with(|| SessionTouch {
            id: session,
            generation,
            first_at: now,
            last_at: now,
            address: String::new(),
        });
        touch.generation = touch.generation.max(generation);
        touch.last_at = touch.last_at.max(now);
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
        notes.seen.retain(|_, (_, at)| now - *at < self.repeat_after);
    }
}
