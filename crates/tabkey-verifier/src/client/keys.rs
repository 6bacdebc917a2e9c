//! The issuer's public keys: fetched, kept as long as the issuer says, and fetched at once for a key that is not known.
//! Runs in: services that verify our tokens.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jsonwebtoken::DecodingKey;
use reqwest::header::CACHE_CONTROL;
use serde::Deserialize;
use tokio::{sync::Mutex, time::timeout};

use super::{PATIENCE, State, wait_after};
use tabkey_core::Error;

/// Not oftener, whatever tokens come: an unknown `kid` costs a stranger nothing.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Not oftener after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long keys are kept where the issuer does not say, and the bounds of what it may say, in seconds.
const MAX_AGE: u64 = 300;
const MAX_AGES: (u64, u64) = (1, 3_600);

type Known = HashMap<String, DecodingKey>;

pub struct Keys {
    url: String,
    known: RwLock<Arc<Known>>,
    /// The last fetch; held during one, so that there is one at a time.
    fetched: Mutex<Option<Fetched>>,
}

#[derive(Clone, Copy)]
struct Fetched {
    at: Instant,
    /// How long it is good for; `None` where it failed.
    max_age: Option<Duration>,
}

impl Keys {
    pub fn of(issuer: &str) -> Self {
        let url = format!("{issuer}/.well-known/jwks.json");
        Self { url, known: RwLock::default(), fetched: Mutex::default() }
    }

    pub fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// For a key that is not known: fetches, unless that was done a moment ago. Errors: 503 where the issuer does not answer.
    pub async fn fetch_again(&self, client: &reqwest::Client) -> Result<(), Error> {
        let mut fetched = self.fetched.lock().await;
        let last = match *fetched {
            Some(last) if last.at.elapsed() < if last.max_age.is_some() { AGAIN_AFTER } else { RETRY_AFTER } => last,
            _ => self.fetch(client).await,
        };
        *fetched = Some(last);
        last.max_age.map(drop).ok_or_else(Error::busy)
    }

    /// What was known stays where this fails.
    async fn fetch(&self, client: &reqwest::Client) -> Fetched {
        let max_age = match timeout(PATIENCE, self.ask(client)).await {
            Ok(Ok((known, max_age))) => {
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
                Some(max_age)
            }
            Ok(Err(error)) => {
                tracing::warn!(url = %self.url, error, "the issuer's keys cannot be fetched");
                None
            }
            Err(_) => {
                tracing::warn!(url = %self.url, "the issuer's keys do not come in time");
                None
            }
        };
        Fetched { at: Instant::now(), max_age }
    }

    async fn ask(&self, client: &reqwest::Client) -> Result<(Known, Duration), String> {
        let response = client.get(&self.url).send().await.and_then(reqwest::Response::error_for_status);
        let response = response.map_err(|error| error.to_string())?;
        let said = response.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
        let max_age = Duration::from_secs(max_age(said.unwrap_or_default()));
        let body = response.bytes().await.map_err(|error| error.to_string())?;
        let known = parse(&body).ok_or("this is no JWK Set")?;
        Ok((known, max_age))
    }
}

/// Keeps the keys fresh for as long as it runs.
pub async fn keep(state: Arc<State>) {
    let mut failures = 0;
    loop {
        let mut fetched = state.keys.fetched.lock().await;
        let last = match *fetched {
            Some(last) if last.max_age.is_some_and(|max_age| last.at.elapsed() < max_age) => last,
            _ => state.keys.fetch(&state.client).await,
        };
        *fetched = Some(last);
        drop(fetched);
        failures = if last.max_age.is_some() { 0 } else { failures + 1 };
        let wait = last.max_age.map(|max_age| max_age.saturating_sub(last.at.elapsed()));
        tokio::time::sleep(wait.unwrap_or_else(|| wait_after(failures))).await;
    }
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    x: Option<String>,
}

/// The keys of our kind; others are passed over (RFC 7517 §5).
fn parse(set: &[u8]) -> Option<Known> {
    let set: Set = serde_json::from_slice(set).ok()?;
    let ours = set.keys.into_iter().filter(|key| key.kty == "OKP" && key.crv.as_deref() == Some("Ed25519"));
    Some(ours.filter_map(|key| Some((key.kid?, DecodingKey::from_ed_components(&key.x?).ok()?))).collect())
}

/// Seconds (RFC 9111 §5.2.2.1).
fn max_age(cache_control: &str) -> u64 {
    let said = cache_control.split(',').find_map(|part| part.trim().strip_prefix("max-age=")?.parse().ok());
    said.unwrap_or(MAX_AGE).clamp(MAX_AGES.0, MAX_AGES.1)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::{Router, http::StatusCode, routing::get};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn keys_of_another_kind_are_passed_over() {
        let set = br#"{"keys":[{"kty":"RSA","kid":"a","n":"x","e":"AQAB"},
            {"kty":"OKP","crv":"Ed25519","kid":"b","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
            {"kty":"OKP","crv":"X25519","kid":"c","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

        let known = parse(set).unwrap();

        assert_eq!(known.keys().collect::<Vec<_>>(), ["b"]);
        assert!(parse(b"<html>").is_none());
    }

    /// An issuer that counts how often it is asked, and answers from the second time on.
    async fn issuer() -> (String, Arc<AtomicUsize>) {
        const SET: &str =
            r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"b","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let answer = move || {
            let is_first = counted.fetch_add(1, Ordering::Relaxed) == 0;
            async move { if is_first { Err(StatusCode::BAD_GATEWAY) } else { Ok(SET) } }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/.well-known/jwks.json", get(answer));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (format!("http://{address}"), asked)
    }

    #[tokio::test]
    async fn a_hundred_unknown_keys_at_once_are_one_question() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (issuer, asked) = issuer().await;
        let (keys, client) = (Arc::new(Keys::of(&issuer)), reqwest::Client::new());
        let ask_often = async || {
            let asking: Vec<_> = (0..100)
                .map(|_| {
                    let (keys, client) = (keys.clone(), client.clone());
                    tokio::spawn(async move { keys.fetch_again(&client).await })
                })
                .collect();
            let mut answers = Vec::new();
            for answer in asking {
                answers.push(answer.await.unwrap());
            }
            answers
        };

        assert!(ask_often().await.iter().all(|answer| *answer == Err(Error::busy())));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        tokio::time::sleep(RETRY_AFTER).await;
        assert!(ask_often().await.iter().all(Result::is_ok));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert!(keys.known().contains_key("b"));
    }

    #[test]
    fn the_issuer_says_how_long_within_bounds() {
        assert_eq!(max_age("public, max-age=60"), 60);
        assert_eq!(max_age("max-age=0"), 1);
        assert_eq!(max_age("max-age=999999"), 3_600);
        assert_eq!(max_age("no-cache"), 300);
    }
}
