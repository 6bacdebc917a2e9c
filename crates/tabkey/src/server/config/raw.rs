//! The settings as they are written: text, before they are judged. Runs in: the server.

use std::collections::HashMap;

use serde::Deserialize;

/// The whole of `Leptos.toml` and the environment. A key that is not here ends the start.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Raw {
    pub session: Session,
    pub passwords: Passwords,
    pub tokens: Tokens,
    pub limits: Limits,
    pub store: Store,
    pub mail: Mail,
    pub accounts: Accounts,
    pub server: Server,
    /// What an application has for itself.
    pub app: Own,
    /// `[package.metadata.leptos]`, which the framework reads.
    #[serde(rename = "package")]
    _package: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    pub profile: Option<String>,
    pub access_token_ttl: Option<String>,
    pub absolute_lifetime: Option<String>,
    pub max_login_age: Option<String>,
    pub idle_timeout: Option<String>,
    pub shared_absolute_lifetime: Option<String>,
    pub shared_idle_timeout: Option<String>,
    pub refresh_leeway: Option<String>,
    pub step_up_age: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Passwords {
    pub min_length: Option<usize>,
    pub argon2_memory_kib: Option<u32>,
    pub argon2_iterations: Option<u32>,
    pub hash_concurrency: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    pub audience: Option<String>,
    pub publish_ahead: Option<String>,
    pub signing_key_lifetime: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub enabled: Option<bool>,
    pub sign_in_per_account: Option<u32>,
    pub sign_in_per_address: Option<u32>,
    pub sessions_per_account: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    pub readers: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    pub smtp_url: Option<String>,
    pub ca_file: Option<String>,
    pub from: Option<String>,
    pub outbox: Option<String>,
}

/// `[app]`, as it is written. It may hold whatever the application keeps secret.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Own(pub HashMap<String, config::Value>);

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// The address of the mail server may hold a password.
impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    pub log_kept_for: Option<String>,
    pub deletion_grace: Option<String>,
    pub sign_up: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    pub public_url: Option<String>,
    pub trusted_proxies: Option<Vec<String>>,
    pub services: Option<Vec<String>>,
    pub insecure_cookies: Option<bool>,
    pub cookie_suffix: Option<String>,
    pub max_connections: Option<usize>,
    pub max_connections_per_peer: Option<usize>,
    pub keep_alive: Option<String>,
    pub shutdown_delay: Option<String>,
    pub shutdown_grace: Option<String>,
    pub hsts_include_subdomains: Option<bool>,
    pub json_log: Option<bool>,
}
