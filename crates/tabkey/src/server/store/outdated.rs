//! After a fail-over: connections that lead to a server which takes no writes any more are made anew. Runs in: the server.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Not oftener: where it is the database itself that is read-only, new connections answer the same.
const RENEW_EVERY: Duration = Duration::from_secs(2);

/// When the connections of a node, of every pool and of the feed, were last found to be outdated. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Outdated(Arc<Mutex<Option<Instant>>>);

impl Outdated {
    /// Whether a connection that was made then is not to be used.
    pub fn is(&self, made_at: Instant) -> bool {
        self.found_at().is_some_and(|found_at| made_at <= found_at)
    }

    /// What one connection answers holds for all that are as old: they led to the same server.
    pub fn note(&self, error: &sqlx::Error) {
        if tells(error) {
            self.found();
        }
    }

    /// All connections of before are outdated.
    pub fn found(&self) {
        let mut found_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if found_at.is_none_or(|found_at| found_at.elapsed() >= RENEW_EVERY) {
            *found_at = Some(Instant::now());
            tracing::warn!("the database takes no writes on these connections, or is going down: they are made anew");
        }
    }

    fn found_at(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Read-only (25006), shutting down, crashed or not yet up (57P01–57P03), or gone (class 08).
pub fn tells(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(&*code, "25006" | "57P01" | "57P02" | "57P03") || code.starts_with("08"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_finding_is_outdated_and_a_flood_of_findings_is_one() {
        let outdated = Outdated::default();
        let before = Instant::now();
        assert!(!outdated.is(before));

        outdated.found();
        let after = Instant::now();
        outdated.found();

        assert!(outdated.is(before) && !outdated.is(after));
    }
}
