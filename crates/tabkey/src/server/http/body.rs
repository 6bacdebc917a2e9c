//! Bodies of requests, read whole and within bounds. Runs in: the server.

use std::{sync::Arc, time::Duration};

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use tabkey_core::Error;

/// Bytes: far above any form of ours, far below what hurts.
pub const SMALL: usize = 16 * 1024;
/// Bytes: what an adopter's call may be sent, as the framework has it.
pub const LARGE: usize = 2 * 1024 * 1024;
/// How many bodies above [`SMALL`] a node holds at one time: 64 MiB of them.
const LARGE_AT_ONCE: usize = 32;
/// How much of a body that is too large is read and thrown away, and for how long.
const LINGER_BYTES: usize = 16 * 1024 * 1024;
const LINGER: Duration = Duration::from_secs(3);
/// Who holds a part of the room and sends nothing for so long gives it back: a few slow senders must not keep everybody out.
const PATIENCE: Duration = Duration::from_secs(5);

/// The room that a node has for large bodies.
#[derive(Clone)]
pub struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_AT_ONCE)))
    }
}

/// A large body's part of the room; given back when it is dropped.
pub struct Taken(#[expect(dead_code, reason = "it is held, not read")] OwnedSemaphorePermit);

pub struct Read {
    pub bytes: Bytes,
    /// To be kept as long as the body is.
    pub taken: Option<Taken>,
}

/// Reads a body of at most `limit` bytes. What is larger is read on for a while and thrown away: a client that is still
/// sending when the connection closes never sees the answer. Errors: 413, 422; 503 where too many are large, or this one
/// comes too slowly.
pub async fn read(mut body: Body, limit: usize, room: &Room) -> Result<Read, Error> {
    let mut kept = Vec::new();
    let mut taken = None;
    while let Some(data) = next_in_time(&mut body, taken.is_some()).await? {
        let length = kept.len() + data.len();
        if length > limit {
            let _ = tokio::time::timeout(LINGER, discard(body)).await;
            return Err(Error::TooLarge);
        }
        if length > SMALL && taken.is_none() {
            match room.0.clone().try_acquire_owned() {
                Ok(permit) => taken = Some(Taken(permit)),
                Err(_) => {
                    let _ = tokio::time::timeout(LINGER, discard(body)).await;
                    return Err(Error::busy());
                }
            }
        }
        kept.extend_from_slice(&data);
    }
    Ok(Read { bytes: kept.into(), taken })
}

async fn discard(mut body: Body) {
    let mut left = LINGER_BYTES;
    while let Ok(Some(data)) = next_data(&mut body).await
        && data.len() < left
    {
        left -= data.len();
    }
}

/// Errors: 503 where a large body stops coming.
async fn next_in_time(body: &mut Body, is_large: bool) -> Result<Option<Bytes>, Error> {
    if !is_large {
        return next_data(body).await;
    }
    tokio::time::timeout(PATIENCE, next_data(body)).await.unwrap_or_else(|_| Err(Error::busy()))
}

/// Errors: 422 where the client went away in the middle.
async fn next_data(body: &mut Body) -> Result<Option<Bytes>, Error> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Err(_)) => return Err(Error::InvalidInput { fields: Default::default() }),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    #[tokio::test]
    async fn large_bodies_take_bounded_room_and_give_it_back() {
        let room = Room::default();
        let large = || Body::from(vec![b'a'; SMALL + 1]);
        let mut held = Vec::new();
        for _ in 0..LARGE_AT_ONCE {
            held.push(read(large(), LARGE, &room).await.ok());
        }

        assert_eq!(read(large(), LARGE, &room).await.err(), Some(Error::busy()));
        assert!(read(Body::from(vec![b'a'; SMALL]), LARGE, &room).await.is_ok(), "small ones need none");
        held.clear();
        assert!(read(large(), LARGE, &room).await.is_ok());
        assert_eq!(read(large(), SMALL, &room).await.err(), Some(Error::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_body_that_stops_coming_gives_its_room_back() {
        let room = Room::default();
        let stalled = || {
            let begun = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from(vec![b'a'; SMALL + 1]))]);
            Body::from_stream(begun.chain(futures::stream::pending()))
        };

        let began = tokio::time::Instant::now();
        let held = (0..LARGE_AT_ONCE).map(|_| read(stalled(), LARGE, &room));
        let given_up = futures::future::join_all(held).await;

        assert!(given_up.into_iter().all(|one| one.err() == Some(Error::busy())));
        assert_eq!(began.elapsed(), PATIENCE);
        assert_eq!(room.0.available_permits(), LARGE_AT_ONCE);
    }
}
