//! Who holds a copy of the cookie, and what both parties have done since.

use super::{scope::Scope, server::Cookie};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thief {
    pub cookie: Cookie,
    pub token: Option<Cookie>,
    pub rounds: Rounds,
    pub person_rounds: Rounds,
}

/// What a party has done since the copy was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rounds {
    /// Refreshes that moved the session on and whose token was used, and then the leeway went by, without the other party
    /// being handed the same token within it.
    pub done: u8,
    /// The generation that counted last.
    last: u32,
    /// The generation that this party brought about.
    pub moved: u32,
    /// The newest such generation used in this round.
    used: u32,
}

impl Thief {
    pub fn with_copy(cookie: Cookie, live: u32) -> Self {
        let rounds = Rounds { done: 0, last: live, moved: 0, used: 0 };
        Self { cookie, token: None, rounds, person_rounds: rounds }
    }

    pub fn time_passes(&mut self, jar: Option<Cookie>, scope: &Scope) {
        self.token = None;
        let is_shared = |theirs: u32, used: u32| !scope.shared_rounds_count && theirs >= used;
        self.rounds.end(|used| is_shared(jar.map_or(0, |cookie| cookie.generation), used));
        self.person_rounds.end(|used| is_shared(self.cookie.generation, used));
    }
}

impl Rounds {
    pub fn note(&mut self, token: Cookie) {
        if token.generation == self.moved {
            self.used = token.generation;
        }
    }

    fn end(&mut self, is_shared: impl Fn(u32) -> bool) {
        if self.used > self.last && !is_shared(self.used) {
            (self.done, self.last) = (self.done + 1, self.used);
        }
        self.used = 0;
    }
}
