//! Whose turn it is on a connection: the peer's, with its next request, or ours, with the answer. Runs in: the server.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{body::Body, http::Request, response::Response};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::{sync::Semaphore, time::Instant};
use tower::Service;

/// Neither half a request nor a connection that says nothing at all is kept for longer (R44); half a request that came in one
/// packet with the one before is idle like one of which nothing came.
pub const HEADER_DEADLINE: Duration = Duration::from_secs(30);
/// Where no connection is left for others, one may be idle no longer than this.
pub const IDLE_IN_A_CROWD: Duration = Duration::from_secs(5);

/// Shared by a connection's bytes, which know when the peer speaks, and its service, which knows when we do.
#[derive(Clone)]
pub struct Turn(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    keep_alive: Duration,
    /// The node's free connections.
    free: Arc<Semaphore>,
}

#[derive(Clone, Copy)]
enum State {
    /// Nothing came yet, on a new connection.
    New(Instant),
    /// Nothing of the next request came yet.
    Idle(Instant),
    /// A part of a request came.
    Head(Instant),
    /// A handler or its answer's body is at work.
    Answering,
    /// The answer is complete, its last bytes may still have to leave. When the first byte after it came.
    Leaving(Option<Instant>),
}

impl Turn {
    pub fn new(keep_alive: Duration, free: Arc<Semaphore>) -> Self {
        Self(Arc::new(Shared { state: Mutex::new(State::New(Instant::now())), keep_alive, free }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes came. True where they are the first of a request.
    pub fn heard(&self) -> bool {
        let mut state = self.state();
        match *state {
            State::New(_) | State::Idle(_) => *state = State::Head(Instant::now()),
            State::Leaving(None) => *state = State::Leaving(Some(Instant::now())),
            State::Head(_) | State::Answering | State::Leaving(Some(_)) => return false,
        }
        true
    }

    fn began(&self) {
        *self.state() = State::Answering;
    }

    fn answered(&self) {
        *self.state() = State::Leaving(None);
    }

    /// All that was written has left. True where an answer ends with it.
    pub fn flushed(&self) -> bool {
        let mut state = self.state();
        let State::Leaving(heard) = *state else { return false };
        *state = heard.map_or_else(|| State::Idle(Instant::now()), State::Head);
        true
    }

    /// Whether no request is in our hands and no answer on its way: what hyper writes then is its own.
    pub fn is_the_peers(&self) -> bool {
        !matches!(*self.state(), State::Answering | State::Leaving(_))
    }

    /// When the peer has waited too long, as things stand. `None`: it is our turn.
    fn end(&self) -> Option<Instant> {
        match *self.state() {
            State::New(since) | State::Head(since) => Some(since + HEADER_DEADLINE),
            State::Idle(since) => {
                let is_crowded = self.0.free.available_permits() == 0;
                let longest = self.0.keep_alive;
                Some(since + if is_crowded { longest.min(IDLE_IN_A_CROWD) } else { longest })
            }
            State::Answering | State::Leaving(_) => None,
        }
    }

    /// When that is to be thought over: nobody says when it becomes crowded.
    pub fn patience(&self) -> Option<Instant> {
        self.end().map(|end| end.min(Instant::now() + IDLE_IN_A_CROWD))
    }

    /// Whether the peer has waited too long.
    pub fn is_over(&self) -> bool {
        self.end().is_some_and(|end| Instant::now() >= end)
    }
}

/// A service that says when its turn is.
#[derive(Clone)]
pub struct Turned<S> {
    inner: S,
    turn: Turn,
}

impl<S> Turned<S> {
    pub fn new(inner: S, turn: Turn) -> Self {
        Self { inner, turn }
    }
}

impl<S, B> Service<Request<B>> for Turned<S>
where
    S: Service<Request<B>, Response = Response, Future: Send + 'static>,
{
    type Response = Response<Answer>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answer>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.turn.began();
        let (answer, turn) = (self.inner.call(request), self.turn.clone());
        Box::pin(async move { Ok(answer.await?.map(|body| Answer { body, turn })) })
    }
}

/// An answer's body; when it is dropped, the answer is complete.
pub struct Answer {
    body: Body,
    turn: Turn,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.turn.answered();
    }
}
