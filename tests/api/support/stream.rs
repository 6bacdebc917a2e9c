//! A listener of server-sent events.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

pub struct Stream {
    response: reqwest::Response,
    headers: HeaderMap,
    read: String,
}

impl Stream {
    pub fn new(response: reqwest::Response) -> Self {
        Self { headers: response.headers().clone(), response, read: String::new() }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The next event's name and data, comments passed over; `None` when the stream ends, or says nothing for `patience`.
    pub async fn next(&mut self, patience: Duration) -> Option<(String, Value)> {
        tokio::time::timeout(patience, self.event()).await.ok().flatten()
    }

    /// The data of the first event of this name: what was done a moment ago may be told late, and first.
    pub async fn first(&mut self, name: &str, patience: Duration) -> Option<Value> {
        loop {
            match self.next(patience).await? {
                (named, data) if named == name => return Some(data),
                _ => {}
            }
        }
    }

    /// Whether it says that it lives within `patience`.
    pub async fn beats(&mut self, patience: Duration) -> bool {
        let beat = async {
            loop {
                if let Some((before, rest)) = self.read.split_once(": beat\n\n") {
                    assert!(before.is_empty(), "{before}");
                    self.read = rest.to_owned();
                    return true;
                }
                let Ok(Some(chunk)) = self.response.chunk().await else { return false };
                self.read.push_str(std::str::from_utf8(&chunk).expect("whole characters"));
            }
        };
        tokio::time::timeout(patience, beat).await.unwrap_or(false)
    }

    /// Whether it ends within `patience`.
    pub async fn ends(&mut self, patience: Duration) -> bool {
        let end = async { while let Ok(Some(_)) = self.response.chunk().await {} };
        tokio::time::timeout(patience, end).await.is_ok()
    }

    async fn event(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((message, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
                let event = field("event: ").zip(field("data: "));
                let event = event.map(|(name, data)| (name.to_owned(), serde_json::from_str(data).expect("JSON")));
                self.read = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            let chunk = self.response.chunk().await.ok().flatten()?;
            self.read.push_str(std::str::from_utf8(&chunk).expect("whole characters"));
        }
    }
}
