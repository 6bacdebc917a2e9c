//! A connection's bytes, with deadlines in both directions. Runs in: the server.

use std::{
    io::{Error, ErrorKind, IoSlice, Result},
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{own_words, turn::Turn};
use crate::server::http::headers;

/// Who reads nothing of an answer for so long is let go. An event stream says something every 15 seconds.
const WRITE_DEADLINE: Duration = Duration::from_secs(30);
/// After a refusal, what the peer still sends is read and thrown away for so long: hanging up on unread bytes would reset
/// the connection, and the peer might never see why it was refused (RFC 9112 §9.6).
const LINGER: Duration = Duration::from_secs(2);
const MAX_LINGER: usize = 1024 * 1024;

pub struct Paced<S> {
    inner: S,
    peer: IpAddr,
    turn: Turn,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
    /// Whether the present request wants a page, as far as its first bytes say.
    wants_page: bool,
    /// Our words instead of hyper's own reply, as far as they are still to be written.
    refusal: Option<Bytes>,
    /// Until when, and for how many bytes more, a refused peer is listened to.
    lingering: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S> Paced<S> {
    pub fn new(inner: S, peer: IpAddr, turn: Turn) -> Self {
        Self { inner, peer, turn, reading: None, writing: None, wants_page: false, refusal: None, lingering: None }
    }
}

/// Whether the deadline has come; else it wakes the task.
fn is_due(timer: &mut Option<Pin<Box<Sleep>>>, deadline: Instant, cx: &mut Context<'_>) -> bool {
    let sleep = timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
    if sleep.deadline() != deadline {
        sleep.as_mut().reset(deadline);
    }
    sleep.as_mut().poll(cx).is_ready()
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        if let Poll::Ready(done) = Pin::new(&mut this.inner).poll_read(cx, buffer) {
            let came = &buffer.filled()[before..];
            if !came.is_empty() && this.turn.heard() {
                this.wants_page = headers::names_html(came);
            }
            return Poll::Ready(done);
        }
        while let Some(deadline) = this.turn.patience() {
            if !is_due(&mut this.reading, deadline, cx) {
                break;
            }
            if this.turn.is_over() {
                // As if the peer had hung up.
                return Poll::Ready(Ok(()));
            }
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> Paced<S> {
    /// Waits for what `write` does, at most as long as a peer may read nothing.
    fn in_time(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<Result<usize>>,
    ) -> Poll<Result<usize>> {
        if let Poll::Ready(done) = write(Pin::new(&mut self.inner), cx) {
            self.writing = None;
            return Poll::Ready(done);
        }
        let deadline = self.writing.as_ref().map_or_else(|| Instant::now() + WRITE_DEADLINE, |timer| timer.deadline());
        if is_due(&mut self.writing, deadline, cx) {
            return Poll::Ready(Err(Error::from(ErrorKind::TimedOut)));
        }
        Poll::Pending
    }

    /// What hyper writes while it is the peer's turn is its own reply to what is no request: ours goes instead.
    fn refuse(&mut self, cx: &mut Context<'_>, reply: &[u8]) -> Poll<Result<usize>> {
        let peer = self.peer;
        let wants_page = self.wants_page;
        let mut left = self.refusal.take().unwrap_or_else(|| own_words::instead_of(reply, wants_page, peer));
        while !left.is_empty() {
            match self.in_time(cx, |inner, cx| inner.poll_write(cx, &left)) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(Error::from(ErrorKind::WriteZero))),
                Poll::Ready(Ok(count)) => left.advance(count),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.refusal = Some(left);
                    return Poll::Pending;
                }
            }
        }
        self.lingering = Some((Box::pin(sleep_until(Instant::now() + LINGER)), MAX_LINGER));
        Poll::Ready(Ok(reply.len()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        if self.turn.is_the_peers() {
            return self.refuse(cx, bytes);
        }
        self.in_time(cx, |inner, cx| inner.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        if self.turn.is_the_peers() {
            let whole = slices.iter().flat_map(|slice| slice.iter().copied()).collect::<Vec<u8>>();
            return self.refuse(cx, &whole);
        }
        self.in_time(cx, |inner, cx| inner.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = &mut *self;
        let done = ready!(Pin::new(&mut this.inner).poll_flush(cx));
        // It is the peer's turn from now on, though hyper may have tried to read before it was.
        if this.turn.flushed()
            && let Some(deadline) = this.turn.patience()
            && is_due(&mut this.reading, deadline, cx)
        {
            cx.waker().wake_by_ref();
        }
        Poll::Ready(done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = &mut *self;
        let Some((until, left)) = &mut this.lingering else { return Pin::new(&mut this.inner).poll_shutdown(cx) };
        ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
        let mut scrap = [0; 4_096];
        while *left > 0 && until.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut scrap);
            match ready!(Pin::new(&mut this.inner).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => *left = left.saturating_sub(buffer.filled().len()),
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}
