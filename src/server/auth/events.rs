//! What browsers are told while they listen: which streams are open on this node, and what each has not heard yet. Runs
//! in: the server.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;
use uuid::Uuid;

use super::{Auth, SignedIn, clock, session};
use crate::shared::{Ended, Error};

/// Streams of one session at most; past that the oldest is cut. A browser needs one.
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
struct Stream {
    session: Uuid,
    /// Of the token that opened it: a session that begins after all others ended has a higher one.
    claims_version: i64,
    pending: Mutex<Pending>,
    changed: Notify,
}

#[derive(Default)]
struct Pending {
    /// With the claims version from which on they hold: looks at the database may answer out of order.
    roles: Option<(i64, Vec<String>)>,
    devices: bool,
    end: Option<End>,
}

enum End {
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
            if pending.roles.as_ref().is_none_or(|(known, _)| *known <= version) {
                pending.roles = Some((version, roles.to_vec()));
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

    fn open(&self, user: Uuid, session: Uuid, claims_version: i64) -> Arc<Stream> {
        let (pending, changed) = (Mutex::default(), Notify::new());
        let stream = Arc::new(Stream { session, claims_version, pending, changed });
        let mut streams = self.lock();
        let of_person = streams.entry(user).or_default();
        let of_session = of_person.iter().filter(|open| open.session == session).count();
        // The oldest of the session, or else of the person. Gone from the list at once: the next opening cuts another one.
        let oldest = match of_session >= PER_SESSION {
            true => of_person.iter().position(|open| open.session == session),
            false => (of_person.len() >= PER_PERSON).then_some(0),
        };
        if let Some(oldest) = oldest {
            of_person.remove(oldest).tell(|pending| {
                pending.end.get_or_insert(End::Cut);
            });
        }
        of_person.push(stream.clone());
        stream
    }

    fn close_one(&self, user: Uuid, stream: &Arc<Stream>) {
        let mut streams = self.lock();
        if let Some(of_person) = streams.get_mut(&user) {
            of_person.retain(|open| !Arc::ptr_eq(open, stream));
            if of_person.is_empty() {
                streams.remove(&user);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Vec<Arc<Stream>>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    fn tell(&self, tell: impl FnOnce(&mut Pending)) {
        tell(&mut self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    fn take(&self) -> Pending {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A listener's end of a stream; the stream closes with it.
pub struct Subscription {
    auth: Arc<Auth>,
    user: Uuid,
    stream: Arc<Stream>,
    /// Unix milliseconds at which a limit ends the session, as far as is known.
    limit: i64,
    said: Vec<Event>,
    is_over: bool,
}

/// Opens a stream of a session. It belongs to the session, not to the token that opened it: rotation does not cut it.
/// Listening is no use by a person. Errors: 401 `session_ended`, 503.
pub async fn listen(auth: &Arc<Auth>, me: &SignedIn) -> Result<Subscription, Error> {
    // Open before the session is looked at, so that an ending in between is not missed.
    let stream = auth.events.open(me.user_id, me.session_id, me.claims_version);
    let mut subscription =
        Subscription { auth: auth.clone(), user: me.user_id, stream, limit: 0, said: Vec::new(), is_over: false };
    match subscription.look().await? {
        Some(ended) => Err(Error::SessionEnded(ended)),
        None => Ok(subscription),
    }
}

impl Subscription {
    /// The next event; `None` where the stream is to end without one. Where nothing happens for `quiet`, a
    /// [`Quiet`](Said::Quiet).
    pub async fn next(&mut self, quiet: Duration) -> Option<Said> {
        loop {
            if let Some(event) = self.said.pop() {
                return Some(Said::Event(event));
            }
            if self.is_over {
                return None;
            }
            self.gather(self.stream.take());
            if !self.said.is_empty() || self.is_over {
                continue;
            }
            let until_limit = Duration::from_millis((self.limit - clock::now()).max(0).unsigned_abs());
            tokio::select! {
                () = self.stream.changed.notified() => {}
                () = tokio::time::sleep(quiet.min(until_limit)) => {
                    if quiet < until_limit {
                        return Some(Said::Quiet);
                    }
                    match self.look().await {
                        Ok(None) => {}
                        Ok(Some(ended)) => self.gather(Pending { end: Some(End::Session(ended)), ..Pending::default() }),
                        // The browser asks anew, and is told then.
                        Err(_) => return None,
                    }
                }
            }
        }
    }

    /// What is pending, in the order in which it is to be said, the last first.
    fn gather(&mut self, pending: Pending) {
        match pending.end {
            Some(End::Session(ended)) => self.said.push(Event::SessionEnded(ended)),
            Some(End::Cut) => {}
            None => {
                self.said.extend(pending.devices.then_some(Event::DevicesChanged));
                self.said.extend(pending.roles.map(|(_, roles)| Event::RolesChanged(roles)));
                return;
            }
        }
        self.is_over = true;
    }

    /// How the session has ended, if it has; notes when a limit will end it. A limit passes without anybody acting, so
    /// that it must be looked for.
    async fn look(&mut self) -> Result<Option<Ended>, Error> {
        let Some(row) = session::find(&self.auth, self.stream.session).await? else {
            return Ok(Some(session::gone()));
        };
        self.limit = row.expires_at.min(row.last_used_at + row.idle_limit);
        let now = clock::now();
        Ok(session::over(&row, now))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.auth.events.close_one(self.user, &self.stream);
    }
}

/// What comes from [`Subscription::next`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Event(Event),
    /// Nothing: the stream lives.
    Quiet,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::EndReason;

    const ANN: Uuid = Uuid::from_u128(1);
    const HERE: Uuid = Uuid::from_u128(2);
    const THERE: Uuid = Uuid::from_u128(3);

    #[test]
    fn an_ending_is_told_to_its_own_streams_and_shown_to_the_persons_others() {
        let events = Events::default();
        let (here, there) = (events.open(ANN, HERE, 1), events.open(ANN, THERE, 1));
        let ended = Ended { reason: EndReason::Revoked, at: 7, by: None };

        events.session_ended(ANN, HERE, &ended);

        assert!(matches!(here.take().end, Some(End::Session(told)) if told == ended));
        let there = there.take();
        assert!(there.devices && there.end.is_none());
    }

    #[test]
    fn a_session_that_opens_too_many_streams_loses_its_oldest() {
        let events = Events::default();
        let streams: Vec<_> = (0..=PER_SESSION).map(|_| events.open(ANN, HERE, 1)).collect();

        assert!(matches!(streams[0].take().end, Some(End::Cut)));
        assert!(streams[1].take().end.is_none());
    }

    #[test]
    fn however_many_open_at_once_a_session_and_a_person_keep_no_more_than_they_may() {
        let events = Events::default();
        let streams: Vec<_> = (0..4 * PER_SESSION).map(|_| events.open(ANN, HERE, 1)).collect();
        assert_eq!(events.count(), PER_SESSION);
        let cut = streams.iter().filter(|stream| matches!(stream.take().end, Some(End::Cut))).count();
        assert_eq!(cut, 3 * PER_SESSION);

        for session in 10..10 + 2 * PER_PERSON {
            events.open(ANN, Uuid::from_u128(session as u128), 1);
        }
        assert_eq!(events.count(), PER_PERSON);
    }

    #[test]
    fn the_end_of_all_sessions_leaves_the_kept_one_and_one_that_began_since() {
        let events = Events::default();
        let later = Uuid::from_u128(4);
        let streams = [events.open(ANN, HERE, 4), events.open(ANN, THERE, 4), events.open(ANN, later, 5)];

        events.all_ended(ANN, 5, Some(HERE), &Ended { reason: EndReason::Revoked, at: 7, by: None });

        let [here, there, later] = streams.map(|stream| stream.take());
        assert!(here.end.is_none() && here.devices);
        assert!(matches!(there.end, Some(End::Session(_))));
        assert!(later.end.is_none() && later.devices);
    }

    #[test]
    fn roles_that_come_late_do_not_replace_newer_ones() {
        let events = Events::default();
        let stream = events.open(ANN, HERE, 1);

        events.roles_changed(ANN, 3, &["admin".to_owned()]);
        events.roles_changed(ANN, 2, &[]);

        assert_eq!(stream.take().roles, Some((3, vec!["admin".to_owned()])));
    }

    #[test]
    fn a_closed_stream_leaves_nothing_behind() {
        let events = Events::default();
        let stream = events.open(ANN, HERE, 1);

        events.close_one(ANN, &stream);

        assert_eq!((events.count(), events.has_listeners(ANN)), (0, false));
    }
}
