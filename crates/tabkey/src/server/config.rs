//! Every setting, with its default. Runs in: the server.

mod database_url;
mod environment;
mod load;
mod origin;
mod raw;
mod secret;
mod values;
mod warnings;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::de::DeserializeOwned;

pub use self::{
    database_url::DatabaseUrl,
    origin::{is_this_machine, openable},
    secret::parse_secret,
};
use super::StartError;
use tabkey_core::Profile;

#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    pub session: Session,
    pub passwords: Passwords,
    pub tokens: Tokens,
    pub limits: Limits,
    pub store: Store,
    pub mail: Mail,
    pub accounts: Accounts,
    pub server: Server,
    /// `[app]`: see [`Config::app`].
    app: raw::Own,
}

impl Config {
    /// The keys that an application has under `[app]`, and variables such as `TABKEY_APP__GREETING` over them. Errors: one
    /// sentence that names what cannot be used.
    pub fn app<T: DeserializeOwned>(&self) -> Result<T, StartError> {
        let table = config::Value::new(None, config::ValueKind::Table(self.app.0.clone()));
        table
            .try_deserialize()
            .map_err(|error| StartError(format!("[app] in Leptos.toml cannot be used: {}", environment::words(&error))))
    }
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Session {
    /// What outlives a page (standard).
    pub profile: Profile,
    /// Life of an access token (5m).
    pub access_token_ttl: Duration,
    /// From sign-in to the end, whatever happens (30d).
    pub absolute_lifetime: Duration,
    /// After it, a person signs in anew whatever they do, also in sessions that began under a longer setting (none).
    pub max_login_age: Option<Duration>,
    /// Without use by a person (7d; 5m under the profile `banking`).
    pub idle_timeout: Duration,
    /// The same two where the person said "shared computer" (12h, 1h).
    pub shared_absolute_lifetime: Duration,
    pub shared_idle_timeout: Duration,
    /// How long the previous refresh token answers after its successor was seen in use (10s).
    pub refresh_leeway: Duration,
    /// How long after the password was proved something that matters may be done without asking for it again (10m).
    pub step_up_age: Duration,
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Passwords {
    /// Characters (15).
    pub min_length: usize,
    /// KiB (19456).
    pub argon2_memory_kib: u32,
    /// (2)
    pub argon2_iterations: u32,
    /// Hashes at one time (cores).
    pub hash_concurrency: usize,
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tokens {
    /// `aud` (tabkey).
    pub audience: String,
    /// How long a new key is published before it signs (10m).
    pub publish_ahead: Duration,
    /// After which a signing key is replaced (90d).
    pub signing_key_lifetime: Duration,
}

impl Tokens {
    /// How long others may keep the published keys, in seconds: half of the time for which a key is published ahead.
    pub fn jwks_max_age(&self) -> u64 {
        (self.publish_ahead.as_secs() / 2).clamp(1, 300)
    }
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    pub enabled: bool,
    /// Wrong passwords of strangers per account, and of each signed-in device, within 15 minutes (10).
    pub sign_in_per_account: u32,
    /// Wrong passwords, sign-ups and forgotten passwords per client address within 15 minutes (60).
    pub sign_in_per_address: u32,
    /// Live sessions of one account (100); a new one ends the least recently used. Holds also where `enabled` is off.
    pub sessions_per_account: u32,
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Store {
    /// `DATABASE_URL` (sqlite:data/tabkey.db).
    pub url: DatabaseUrl,
    /// `DATABASE_LISTEN_URL`: past a pooler, for what needs a session of its own (none).
    pub listen_url: Option<DatabaseUrl>,
    /// Reading connections (4).
    pub readers: u32,
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mail {
    /// `smtps://user:password@host` or `smtp://host?tls=required`; without it, mails stay in the outbox.
    pub smtp_url: Option<SecretText>,
    /// PEM of certificate authorities that the mail server's certificate may be from, beside those that everybody trusts.
    pub ca_file: Option<PathBuf>,
    /// Whom mails are from.
    pub from: String,
    /// The folder of mails that nobody sends (data/outbox).
    pub outbox: PathBuf,
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Accounts {
    /// How long the security log keeps an event (400d).
    pub log_kept_for: Duration,
    /// Between the wish to delete an account and its end (7d).
    pub deletion_grace: Duration,
    /// Whether anybody may make an account ("open"), or nobody ("closed").
    pub sign_up: bool,
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Server {
    /// `LEPTOS_SITE_ADDR` (127.0.0.1:3000).
    pub address: SocketAddr,
    /// The origin under which browsers reach this server, without a trailing slash; `iss` of every token. Default: the
    /// origin of the site address.
    pub public_url: String,
    /// Whether somebody wrote it down.
    pub has_public_url: bool,
    /// What to say of variables that are no settings for want of an underscore.
    pub misspelt_variables: Vec<String>,
    /// Peers whose `X-Forwarded-For` counts ([]).
    pub trusted_proxies: Vec<IpNet>,
    /// Drops `Secure` and the `__Host-` names: for plain http outside localhost (false).
    pub insecure_cookies: bool,
    /// Ends the names of both cookies (empty).
    pub cookie_suffix: String,
    /// Services that may read the feed of endings ([]).
    pub services: Vec<Service>,
    /// Open connections (10,000, or as many as files may be open).
    pub max_connections: usize,
    /// Open connections of one peer that is no trusted proxy (1,000; without a setting none for loopback).
    pub max_connections_per_peer: Option<usize>,
    /// How long a connection may be idle between two requests (75s).
    pub keep_alive: Duration,
    /// How long new connections are still taken once SIGTERM came, while `/readyz` says no (5s).
    pub shutdown_delay: Duration,
    /// How long requests in flight may take after that (10s).
    pub shutdown_grace: Duration,
    /// Whether browsers are told to use https for all hosts below this one, too (false).
    pub hsts_include_subdomains: bool,
    /// One JSON object a line instead of text (false).
    pub json_log: bool,
    /// `TABKEY_SECRET_KEY_FILE`.
    pub secret_key_file: Option<PathBuf>,
    /// `TABKEY_SECRET_KEY`: 32 bytes, read from 64 hex digits.
    pub secret_key: Option<SecretKey>,
}

/// Another service: `NAME:HASH`, where the hash is SHA-256 of its token in 64 hex digits. A token has 256 bits, so that its
/// hash gives nothing away.
#[derive(Clone, Debug)]
pub struct Service {
    pub name: String,
    pub token_hash: [u8; 32],
}

/// Prints as `***`.
#[derive(Clone)]
pub struct SecretText(pub String);

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// The secret that seals the keys in the database. Prints as `***`.
#[derive(Clone, zeroize::ZeroizeOnDrop)]
pub struct SecretKey(pub [u8; 32]);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
