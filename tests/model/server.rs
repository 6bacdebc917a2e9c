//! The sessions in the database, and the nodes in front of it: `rotate`, as it runs.

use std::collections::BTreeSet;

use tabkey_core::{
    EndReason,
    rotate::{Decision, Rotatable, rotate},
};

use super::scope::{Rule, Scope};

const LEEWAY: i64 = 10_000;

/// What a refresh cookie, or an access token, names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cookie {
    pub session: usize,
    pub generation: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    pub generation: u32,
    pub confirmed: bool,
    /// Whether the last rotation is within the leeway.
    pub is_fresh: bool,
    /// Its absolute end has come.
    pub is_past_end: bool,
    pub ended: Option<EndReason>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    pub row: Row,
    /// What a crash falls back to.
    pub disk: Row,
    /// A person or a limit ended it.
    pub was_ended: bool,
    /// It was told to be over, for whatever reason.
    pub was_over: bool,
    /// The person signed out of it in this browser.
    pub was_left: bool,
    /// Which nodes know of its end.
    pub heard: [bool; 2],
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    pub sessions: Vec<Session>,
    /// Uses that are not written down yet.
    pub notes: BTreeSet<Cookie>,
    /// Counts the changes of the list of devices.
    pub devices: u8,
}

/// What a refresh answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    Granted(Cookie),
    /// `session_ended` because of reuse, or for another reason.
    Over {
        reuse: bool,
    },
    /// `token_missing`.
    Nothing,
}

impl Server {
    pub fn begin(&mut self) -> Cookie {
        let row = Row { generation: 1, confirmed: false, is_fresh: false, is_past_end: false, ended: None };
        let disk = row;
        let session = Session { row, disk, was_ended: false, was_over: false, was_left: false, heard: [false; 2] };
        self.sessions.push(session);
        Cookie { session: self.sessions.len() - 1, generation: 1 }
    }

    pub fn row(&self, session: usize) -> &Row {
        &self.sessions[session].row
    }

    pub fn is_live(&self, session: usize) -> bool {
        self.row(session).ended.is_none() && !self.row(session).is_past_end
    }

    pub fn decide(&self, presented: Cookie, scope: &Scope) -> Decision {
        let row = self.row(presented.session);
        let session = Rotatable {
            generation: row.generation,
            confirmed: row.confirmed || !scope.keeps(Rule::UnconfirmedParents),
            rotated_at: 0,
            last_used_at: 0,
            expires_at: if row.is_past_end { 0 } else { i64::MAX },
            idle_limit: i64::MAX,
            ended: row.ended,
            user_blocked: false,
        };
        let now = if row.is_fresh { LEEWAY / 2 } else { LEEWAY * 6 };
        let has_leeway = scope.keeps(Rule::Leeway) && scope.keeps(Rule::CorrectnessWithoutLock);
        let is_parent = presented.generation + 1 == row.generation;
        match rotate(&session, presented.generation, if has_leeway { LEEWAY } else { -1 }, now) {
            Decision::Heal { .. } if !scope.keeps(Rule::Healing) => Decision::Reuse,
            Decision::Reuse if !scope.keeps(Rule::ReuseEnds) => Decision::Repeat,
            Decision::Reuse if is_parent && !scope.keeps(Rule::ParentsExpire) => Decision::Repeat,
            decision => decision,
        }
    }

    /// One conditional statement. The flag says that the session moved on.
    pub fn refresh(&mut self, presented: Cookie, scope: &Scope) -> (Answer, bool) {
        let session = presented.session;
        let decision = self.decide(presented, scope);
        let row = &mut self.sessions[session].row;
        match decision {
            Decision::Advance { to } | Decision::Heal { to } => {
                *row = Row { generation: to, confirmed: false, is_fresh: true, ..*row };
            }
            Decision::Retell => row.is_fresh |= scope.keeps(Rule::NewLeeway),
            Decision::Repeat => {}
            Decision::Reuse => {
                self.end(session, EndReason::Reuse, scope);
                return (Answer::Over { reuse: true }, false);
            }
            Decision::Over(reason) => {
                self.end(session, reason, scope);
                return (Answer::Over { reuse: false }, false);
            }
            Decision::Ended(reason) => return (Answer::Over { reuse: reason == EndReason::Reuse }, false),
        }
        let moved = matches!(decision, Decision::Advance { .. } | Decision::Heal { .. });
        (Answer::Granted(Cookie { session, generation: self.row(session).generation }), moved)
    }

    /// Ends a session, as a person or a limit wants it.
    pub fn end_on_purpose(&mut self, session: usize, reason: EndReason, scope: &Scope) {
        self.sessions[session].was_ended = true;
        self.end(session, reason, scope);
    }

    pub fn end(&mut self, session: usize, reason: EndReason, scope: &Scope) {
        let session = &mut self.sessions[session];
        session.row.ended.get_or_insert(reason);
        session.was_over = true;
        if scope.keeps(Rule::EndingsAreSynced) {
            session.disk = session.row;
        }
        if scope.nodes == 1 {
            session.heard = [true; 2];
        }
    }

    /// An access token reaches a node: true where it is honoured. Its use is noted, and written down later where there
    /// are two nodes.
    pub fn used(&mut self, token: Cookie, node: usize, scope: &Scope) -> bool {
        if self.sessions[token.session].heard[node] {
            return false;
        }
        if scope.nodes == 1 {
            self.write(token, scope);
        } else {
            self.notes.insert(token);
        }
        true
    }

    pub fn write(&mut self, note: Cookie, scope: &Scope) {
        self.notes.remove(&note);
        let row = &mut self.sessions[note.session].row;
        if row.generation == note.generation && row.ended.is_none() && scope.keeps(Rule::UseConfirms) {
            row.confirmed = true;
        }
    }

    /// Longer than the leeway, the batches of notes, and the second in which every node hears of an ending.
    pub fn time_passes(&mut self, scope: &Scope) {
        for note in self.notes.clone() {
            self.write(note, scope);
        }
        for session in &mut self.sessions {
            session.row.is_fresh = false;
            session.heard = [session.row.ended.is_some(); 2];
        }
    }

    pub fn crash(&mut self) {
        self.notes.clear();
        for session in &mut self.sessions {
            session.row = session.disk;
        }
    }
}
