//! Server-sent events out of the pieces in which they arrive (HTML §9.2.6): pure. Runs in: services that verify our tokens.

/// Bytes of one message; ours have some 300.
const MAX_BYTES: usize = 64 * 1024;

/// What has arrived and is not read yet.
#[derive(Default)]
pub struct Messages {
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Says nothing but that the stream lives.
    Comment,
    Event {
        name: String,
        data: String,
    },
}

/// The stream is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbled;

impl Messages {
    /// What is whole with this piece, in order.
    pub fn take(&mut self, piece: &[u8]) -> Result<Vec<Message>, Garbled> {
        self.bytes.extend_from_slice(piece);
        let mut messages = Vec::new();
        let mut read = 0;
        while let Some(length) = self.bytes[read..].windows(2).position(|two| two == b"\n\n") {
            messages.push(parse(&self.bytes[read..read + length])?);
            read += length + 2;
        }
        self.bytes.drain(..read);
        if self.bytes.len() > MAX_BYTES { Err(Garbled) } else { Ok(messages) }
    }
}

fn parse(message: &[u8]) -> Result<Message, Garbled> {
    let text = std::str::from_utf8(message).map_err(|_| Garbled)?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    match (field("event:"), field("data:")) {
        (Some(name), Some(data)) => Ok(Message::Event { name: name.to_owned(), data: data.to_owned() }),
        (None, None) if text.starts_with(':') => Ok(Message::Comment),
        _ => Err(Garbled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_matter_where_the_network_cuts() {
        let stream = "event: ready\ndata: {}\n\n: beat\n\nevent: revocation\ndata: {\"by\":\"é\"}\n\n".as_bytes();
        let event = |name: &str, data: &str| Message::Event { name: name.into(), data: data.into() };
        let expected = [event("ready", "{}"), Message::Comment, event("revocation", "{\"by\":\"é\"}")];

        for size in 1..=stream.len() {
            let mut messages = Messages::default();
            let read: Vec<_> = stream.chunks(size).flat_map(|piece| messages.take(piece).unwrap()).collect();
            assert_eq!(read, expected, "{size}");
        }
    }

    #[test]
    fn what_is_no_stream_of_ours_is_given_up() {
        assert_eq!(Messages::default().take(b"<html>\n\n"), Err(Garbled));
        assert_eq!(Messages::default().take(&[b'a'; MAX_BYTES + 1]), Err(Garbled));
    }
}
