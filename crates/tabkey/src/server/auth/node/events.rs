//! What browsers are told while they listen: which streams are open on this node, and what each has not heard yet. Runs
//! in: the server.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use uuid::Uuid;

use tabkey_core::Ended;

/// Streams of one session at most, of ours and of the application's each; past that the oldest is cut. A browser needs one
/// of ours.
const PER_SESSION: usize = 16;
/// The same of one person.
const PER_PERSON: usize = 128;

/// The open streams, by person.
#[derive(Default)]
pub struct Events {
    streams: Mutex<HashMap<Uuid, Vec<Arc<Stream>>>>,
}

/// One open stream: what it has not been told yet. A later change makes an earlier one of its kind needless, so that a
/// slow reader costs no more memory than a quick one.
pub struct Stream {
    pub session: Uuid,
    whose: Whose,
    /// Of the token that opened it: a session that begins after all others ended has a higher one.
    claims_version: i64,
    pending: Mutex<Pending>,
    pub changed: Notify,
}

/// Whose streams an application opens cut none of those that a tab hears of its ending by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Tabkey,
    Application,
}

#[derive(Default)]
pub struct Pending {
    pub roles: Option<Vec<String>>,
    /// The claims version from which on the newest known roles hold, told or not: looks at the database may answer out of
    /// order.
    roles_since: i64,
    pub devices: bool,
    pub end: Option<End>,
}

pub enum End {
    Session(Ended),
    /// The node stops, or the session has opened too many.
    Cut,
}

/// What a stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The person's roles are these now.
    RolesChanged(Vec<String>),
    /// The person's list of devices is another one.
    DevicesChanged,
    /// The stream's own session is over: the last event.
    SessionEnded(Ended),
}

impl Events {
    /// A session is over: its own streams end, and the person's other devices see another list.
    pub fn session_ended(&self, user: Uuid, session: Uuid, ended: &Ended) {
        self.tell(user, |stream, pending| {
            if stream.session == session {
                pending.end.get_or_insert(End::Session(ended.clone()));
            } else {
                pending.devices = true;
            }
        });
    }

    /// All sessions of a person are over that began at a claims version below this one, but for one.
    pub fn all_ended(&self, user: Uuid, below: i64, kept: Option<Uuid>, ended: &Ended) {
        self.tell(user, |stream, pending| {
            if stream.claims_version < below && kept != Some(stream.session) {
                pending.end.get_or_insert(End::Session(ended.clone()));
            } else {
                pending.devices = true;
            }
        });
    }

    /// `new`: the session that has just begun, and knows.
    pub fn devices_changed(&self, user: Uuid, new: Option<Uuid>) {
        self.tell(user, |stream, pending| pending.devices |= Some(stream.session) != new);
    }

    /// `version` is the claims version from which on these are the roles.
    pub fn roles_changed(&self, user: Uuid, version: i64, roles: &[String]) {
        self.tell(user, |_, pending| {
            if pending.roles_since <= version {
                pending.roles_since = version;
                pending.roles = Some(roles.to_vec());
            }
        });
    }

    /// Whether anybody listens for this person here.
    pub fn has_listeners(&self, user: Uuid) -> bool {
        self.lock().contains_key(&user)
    }

    /// How many streams are open.
    pub fn count(&self) -> usize {
        self.lock().values().map(Vec::len).sum()
    }

    /// Ends every stream, so that the node can stop; browsers listen elsewhere.
    pub fn close(&self) {
        for stream in self.lock().values().flatten() {
            stream.tell(|pending| {
                pending.end.get_or_insert(End::Cut);
            });
        }
    }

    fn tell(&self, user: Uuid, tell: impl Fn(&Stream, &mut Pending)) {
        for stream in self.lock().get(&user).into_iter().flatten() {
            stream.tell(|pending| tell(stream, pending));
        }
    }

    pub fn open(&self, user: Uuid, session: Uuid, claims_version: i64, whose: Whose) -> Arc<Stream> {
        let pending = Mutex::new(Pending { roles_since: claims_version, ..Pending::default() });
        let stream = Arc::new(Stream { session, whose, claims_version, pending, changed: Notify::new() });
        let mut streams = self.lock();
        let of_person = streams.entry(user).or_default();
        let is_beside = |open: &&Arc<Stream>| open.whose == whose && open.session == session;
        let of_session = of_person.iter().filter(is_beside).count();
        let of_kind = of_person.iter().filter(|open| open.whose == whose).count();
        // The oldest of the session, or else of the person. Gone from the list at once: the next opening cuts another one.
        let oldest = match of_session >= PER_SESSION {
            true => of_person.iter().position(|open| is_beside(&open)),
            false if of_kind >= PER_PERSON => of_person.iter().position(|open| open.whose == whose),
            false => None,
        };
        if let Some(oldest) = oldest {
            of_person.remove(oldest).tell(|pending| {
                pending.end.get_or_insert(End::Cut);
            });
        }
        of_person.push(stream.clone());
        stream
    }

    pub fn close_one(&self, user: Uuid, stream: &Arc<Stream>) {
        let mut streams = self.lock();
        if let Some(of_person) = streams.get_mut(&user) {
            of_person.retain(|open| !Arc::ptr_eq(open, stream));
            if of_person.is_empty() {
                streams.remove(&user);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Vec<Arc<Stream>>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    fn tell(&self, tell: impl FnOnce(&mut Pending)) {
        tell(&mut self.lock());
        self.changed.notify_one();
    }

    pub fn take(&self) -> Pending {
        let mut pending = self.lock();
        let rest = Pending { roles_since: pending.roles_since, ..Pending::default() };
        mem::replace(&mut *pending, rest)
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tabkey_core::EndReason;

    const ANN: Uuid = Uuid::from_u128(1);
    const HERE: Uuid = Uuid::from_u128(2);
    const THERE: Uuid = Uuid::from_u128(3);

    #[test]
    fn an_ending_is_told_to_its_own_streams_and_shown_to_the_persons_others() {
        let events = Events::default();
        let (here, there) = (events.open(ANN, HERE, 1, Whose::Tabkey), events.open(ANN, THERE, 1, Whose::Tabkey));
        let ended = Ended { reason: EndReason::Revoked, at: 7, by: None };

        events.session_ended(ANN, HERE, &ended);

        assert!(matches!(here.take().end, Some(End::Session(told)) if told == ended));
        let there = there.take();
        assert!(there.devices && there.end.is_none());
    }

    #[test]
    fn a_session_that_opens_too_many_streams_loses_its_oldest() {
        let events = Events::default();
        let streams: Vec<_> = (0..=PER_SESSION).map(|_| events.open(ANN, HERE, 1, Whose::Tabkey)).collect();

        assert!(matches!(streams[0].take().end, Some(End::Cut)));
        assert!(streams[1].take().end.is_none());
    }

    #[test]
    fn however_many_open_at_once_a_session_and_a_person_keep_no_more_than_they_may() {
        let events = Events::default();
        let streams: Vec<_> = (0..4 * PER_SESSION).map(|_| events.open(ANN, HERE, 1, Whose::Tabkey)).collect();
        assert_eq!(events.count(), PER_SESSION);
        let cut = streams.iter().filter(|stream| matches!(stream.take().end, Some(End::Cut))).count();
        assert_eq!(cut, 3 * PER_SESSION);

        for session in 10..10 + 2 * PER_PERSON {
            events.open(ANN, Uuid::from_u128(session as u128), 1, Whose::Tabkey);
        }
        assert_eq!(events.count(), PER_PERSON);
    }

    #[test]
    fn streams_of_an_application_cut_none_of_those_that_tell_of_an_ending() {
        let events = Events::default();
        let ours = events.open(ANN, HERE, 1, Whose::Tabkey);
        let theirs: Vec<_> = (0..=PER_SESSION).map(|_| events.open(ANN, HERE, 1, Whose::Application)).collect();

        assert!(ours.take().end.is_none());
        assert!(matches!(theirs[0].take().end, Some(End::Cut)) && theirs[1].take().end.is_none());
    }

    #[test]
    fn the_end_of_all_sessions_leaves_the_kept_one_and_one_that_began_since() {
        let events = Events::default();
        let later = Uuid::from_u128(4);
        let streams = [
            events.open(ANN, HERE, 4, Whose::Tabkey),
            events.open(ANN, THERE, 4, Whose::Tabkey),
            events.open(ANN, later, 5, Whose::Tabkey),
        ];

        events.all_ended(ANN, 5, Some(HERE), &Ended { reason: EndReason::Revoked, at: 7, by: None });

        let [here, there, later] = streams.map(|stream| stream.take());
        assert!(here.end.is_none() && here.devices);
        assert!(matches!(there.end, Some(End::Session(_))));
        assert!(later.end.is_none() && later.devices);
    }

    #[test]
    fn roles_that_come_late_do_not_replace_newer_ones() {
        let events = Events::default();
        let stream = events.open(ANN, HERE, 1, Whose::Tabkey);

        events.roles_changed(ANN, 3, &["admin".to_owned()]);
        events.roles_changed(ANN, 2, &[]);
        assert_eq!(stream.take().roles, Some(vec!["admin".to_owned()]));

        events.roles_changed(ANN, 2, &[]);
        assert_eq!(stream.take().roles, None, "the newer ones are told already");

        events.roles_changed(ANN, 4, &[]);
        assert_eq!(stream.take().roles, Some(Vec::new()));
    }

    #[test]
    fn a_closed_stream_leaves_nothing_behind() {
        let events = Events::default();
        let stream = events.open(ANN, HERE, 1, Whose::Tabkey);

        events.close_one(ANN, &stream);

        assert_eq!((events.count(), events.has_listeners(ANN)), (0, false));
    }
}
