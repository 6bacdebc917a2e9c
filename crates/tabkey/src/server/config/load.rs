//! From `Leptos.toml` and the environment to settings that can be relied on. Runs in: the server.

use std::{collections::HashMap, path::Path, thread, time::Duration};

use super::{
    Accounts, Config, Limits, Mail, Passwords, SecretText, Server, Session, Store, Tokens, environment,
    origin::openable,
    raw::Raw,
    values::{cookie_suffix, duration, network, number, public_url, secret_key, service, wrong},
};
use crate::server::StartError;
use tabkey_core::Profile;

const DAY: Duration = Duration::from_secs(86_400);

impl Config {
    /// Reads `Leptos.toml` in the working folder, if it is there, and the environment over it. Errors: one sentence that
    /// names the key and the fix.
    pub fn load() -> Result<Self, StartError> {
        Self::read(Path::new("Leptos.toml"), &environment::variables()?)
    }

    /// The defaults.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        Self::read(Path::new("no such file.toml"), &HashMap::new()).unwrap()
    }

    /// The same of another file and other variables: for tests of an application, which run in one process.
    pub fn read(file: &Path, env: &HashMap<String, String>) -> Result<Self, StartError> {
        judge(environment::read(file, env)?, env).map_err(|error| environment::named(error, env))
    }
}

fn judge(raw: Raw, env: &HashMap<String, String>) -> Result<Config, StartError> {
    let address = env.get("LEPTOS_SITE_ADDR").map_or("127.0.0.1:3000", String::as_str);
    let address = address
        .parse()
        .map_err(|_| wrong("LEPTOS_SITE_ADDR", address, "an address and a port, such as 127.0.0.1:3000"))?;
    let profile = raw.session.profile.as_deref().unwrap_or(Profile::Standard.as_str());
    let profile =
        Profile::parse(profile).ok_or_else(|| wrong("session.profile", profile, "standard, banking or tab"))?;
    let session = Session {
        profile,
        access_token_ttl: duration("session.access_token_ttl", raw.session.access_token_ttl, "5m", SECOND..=DAY)?,
        absolute_lifetime: duration(
            "session.absolute_lifetime",
            raw.session.absolute_lifetime,
            "30d",
            SECOND..=DAY * 400,
        )?,
        max_login_age: raw
            .session
            .max_login_age
            .map(|text| duration("session.max_login_age", Some(text), "72h", SECOND..=DAY * 400))
            .transpose()?,
        idle_timeout: duration(
            "session.idle_timeout",
            raw.session.idle_timeout,
            if profile.asks_for_password() { "5m" } else { "7d" },
            SECOND..=DAY * 400,
        )?,
        shared_absolute_lifetime: duration(
            "session.shared_absolute_lifetime",
            raw.session.shared_absolute_lifetime,
            "12h",
            SECOND..=DAY * 400,
        )?,
        shared_idle_timeout: duration(
            "session.shared_idle_timeout",
            raw.session.shared_idle_timeout,
            "1h",
            SECOND..=DAY * 400,
        )?,
        refresh_leeway: duration(
            "session.refresh_leeway",
            raw.session.refresh_leeway,
            "10s",
            Duration::ZERO..=Duration::from_secs(300),
        )?,
        step_up_age: duration("session.step_up_age", raw.session.step_up_age, "10m", SECOND..=DAY * 400)?,
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let passwords = Passwords {
        min_length: number("passwords.min_length", raw.passwords.min_length, 15, 8..=128)?,
        argon2_memory_kib: number(
            "passwords.argon2_memory_kib",
            raw.passwords.argon2_memory_kib,
            19_456,
            8..=4_194_304,
        )?,
        argon2_iterations: number("passwords.argon2_iterations", raw.passwords.argon2_iterations, 2, 1..=100)?,
        hash_concurrency: number("passwords.hash_concurrency", raw.passwords.hash_concurrency, cores, 1..=1_024)?,
    };
    let limits = Limits {
        enabled: raw.limits.enabled.unwrap_or(true),
        sign_in_per_account: number("limits.sign_in_per_account", raw.limits.sign_in_per_account, 10, 1..=1_000_000)?,
        sessions_per_account: number("limits.sessions_per_account", raw.limits.sessions_per_account, 100, 1..=10_000)?,
        sign_in_per_address: number("limits.sign_in_per_address", raw.limits.sign_in_per_address, 60, 1..=1_000_000)?,
    };
    let audience = raw.tokens.audience.unwrap_or_else(|| "tabkey".into());
    if audience.is_empty() {
        return Err(wrong("tokens.audience", "", "a name, such as tabkey"));
    }
    let tokens = Tokens {
        audience,
        publish_ahead: duration("tokens.publish_ahead", raw.tokens.publish_ahead, "10m", SECOND..=DAY)?,
        signing_key_lifetime: duration(
            "tokens.signing_key_lifetime",
            raw.tokens.signing_key_lifetime,
            "90d",
            Duration::from_secs(60)..=DAY * 3_650,
        )?,
    };
    keys_last(&tokens, session.absolute_lifetime.max(session.shared_absolute_lifetime))?;
    let store = Store {
        url: env.get("DATABASE_URL").map_or("sqlite:data/tabkey.db", String::as_str).into(),
        listen_url: env.get("DATABASE_LISTEN_URL").filter(|url| !url.is_empty()).map(|url| url.as_str().into()),
        readers: number("store.readers", raw.store.readers, 4, 1..=1_000)?,
    };
    let mail = Mail {
        smtp_url: raw.mail.smtp_url.filter(|url| !url.is_empty()).map(SecretText),
        ca_file: raw.mail.ca_file.filter(|file| !file.is_empty()).map(Into::into),
        from: raw.mail.from.unwrap_or_else(|| "Tabkey <no-reply@localhost.localdomain>".into()),
        outbox: raw.mail.outbox.unwrap_or_else(|| "data/outbox".into()).into(),
    };
    let accounts = Accounts {
        log_kept_for: duration("accounts.log_kept_for", raw.accounts.log_kept_for, "400d", SECOND..=DAY * 4_000)?,
        deletion_grace: duration("accounts.deletion_grace", raw.accounts.deletion_grace, "7d", SECOND..=DAY * 400)?,
        sign_up: match raw.accounts.sign_up.as_deref() {
            None | Some("open") => true,
            Some("closed") => false,
            Some(other) => return Err(wrong("accounts.sign_up", other, "open or closed")),
        },
    };
    let server = Server {
        address,
        has_public_url: raw.server.public_url.is_some(),
        misspelt_variables: environment::misspelt(env),
        public_url: public_url(raw.server.public_url.unwrap_or_else(|| format!("http://{}", openable(address))))?,
        trusted_proxies: raw
            .server
            .trusted_proxies
            .unwrap_or_default()
            .iter()
            .map(|text| network(text))
            .collect::<Result<_, _>>()?,
        services: raw.server.services.unwrap_or_default().iter().map(|text| service(text)).collect::<Result<_, _>>()?,
        insecure_cookies: raw.server.insecure_cookies.unwrap_or(false),
        cookie_suffix: cookie_suffix(raw.server.cookie_suffix.unwrap_or_default())?,
        max_connections: number("server.max_connections", raw.server.max_connections, 10_000, 1..=1_000_000)?,
        max_connections_per_peer: raw
            .server
            .max_connections_per_peer
            .map(|count| number("server.max_connections_per_peer", Some(count), 1_000, 1..=1_000_000))
            .transpose()?,
        keep_alive: duration("server.keep_alive", raw.server.keep_alive, "75s", SECOND..=Duration::from_secs(3_600))?,
        shutdown_delay: duration(
            "server.shutdown_delay",
            raw.server.shutdown_delay,
            "5s",
            Duration::ZERO..=Duration::from_secs(3_600),
        )?,
        shutdown_grace: duration(
            "server.shutdown_grace",
            raw.server.shutdown_grace,
            "10s",
            Duration::ZERO..=Duration::from_secs(3_600),
        )?,
        hsts_include_subdomains: raw.server.hsts_include_subdomains.unwrap_or(false),
        json_log: raw.server.json_log.unwrap_or(false),
        secret_key_file: env.get("TABKEY_SECRET_KEY_FILE").map(Into::into),
        secret_key: env.get("TABKEY_SECRET_KEY").map(|text| secret_key(text)).transpose()?,
    };
    Ok(Config { session, passwords, tokens, limits, store, mail, accounts, server, app: raw.app })
}

/// A key is replaced once it is as old as its life, and not before its successor was published; and the 255 places for
/// refresh keys must suffice for all that a living session may still show.
fn keys_last(tokens: &Tokens, longest_session: Duration) -> Result<(), StartError> {
    let life = tokens.signing_key_lifetime;
    let shown = humantime::format_duration(life).to_string();
    if tokens.publish_ahead >= life {
        return Err(wrong("tokens.signing_key_lifetime", &shown, "more than tokens.publish_ahead"));
    }
    if life * REFRESH_KEYS < longest_session {
        let least =
            humantime::format_duration(Duration::from_secs(longest_session.as_secs() / u64::from(REFRESH_KEYS) + 1));
        return Err(wrong(
            "tokens.signing_key_lifetime",
            &shown,
            &format!(
                "at least {least}, for sessions live up to session.absolute_lifetime under the key they began with"
            ),
        ));
    }
    Ok(())
}

/// Of 255 places, some are for rotations by command.
const REFRESH_KEYS: u32 = 200;
const SECOND: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str, env: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Leptos.toml");
        std::fs::write(&file, toml).unwrap();
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::read(&file, &env).map_err(|error| error.0)
    }

    #[test]
    fn nothing_configured_is_a_configuration() {
        let config = load("", &[]).unwrap();
        assert_eq!(config.session.access_token_ttl, Duration::from_secs(300));
        assert_eq!(config.server.public_url, "http://127.0.0.1:3000");
        assert_eq!(config.store.url, "sqlite:data/tabkey.db".into());
    }

    #[test]
    fn the_environment_is_stronger_than_the_file() {
        let config = load(
            "[session]\naccess_token_ttl = '1m'\nidle_timeout = '2d'",
            &[("TABKEY_SESSION__ACCESS_TOKEN_TTL", "5s")],
        )
        .unwrap();
        assert_eq!(config.session.access_token_ttl, Duration::from_secs(5));
        assert_eq!(config.session.idle_timeout, DAY * 2);
    }

    #[test]
    fn a_profile_brings_its_own_idle_limit_unless_there_is_one() {
        let banking = load("[session]\nprofile = 'banking'", &[]).unwrap();
        assert_eq!(
            (banking.session.profile, banking.session.idle_timeout),
            (Profile::Banking, Duration::from_secs(300))
        );
        let own = load("[session]\nidle_timeout = '2m'", &[("TABKEY_SESSION__PROFILE", "banking")]).unwrap();
        assert_eq!(own.session.idle_timeout, Duration::from_secs(120));
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Leptos.toml");
        let env = HashMap::from([("TABKEY_SESSION__PROFILE".to_owned(), "banking".to_owned())]);
        let shipped = Config::read(Path::new(shipped), &env).unwrap();
        assert_eq!(shipped.session.idle_timeout, Duration::from_secs(300), "Leptos.toml must not name it");
    }

    #[test]
    fn values_of_every_kind_come_from_the_environment() {
        let services = format!("pension:{},loans:{}", "5a".repeat(32), "a5".repeat(32));
        let env = [
            ("TABKEY_LIMITS__ENABLED", "false"),
            ("TABKEY_PASSWORDS__HASH_CONCURRENCY", "3"),
            ("TABKEY_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
            ("TABKEY_SERVER__PUBLIC_URL", "https://app.example.org/"),
            ("TABKEY_SERVER__SERVICES", &services),
        ];
        let config = load("", &env).unwrap();
        assert!(!config.limits.enabled);
        assert_eq!(config.passwords.hash_concurrency, 3);
        assert_eq!(config.server.trusted_proxies.len(), 2);
        assert_eq!(config.server.public_url, "https://app.example.org");
        let names: Vec<_> = config.server.services.iter().map(|service| service.name.as_str()).collect();
        assert_eq!((names, config.server.services[0].token_hash), (vec!["pension", "loans"], [0x5a; 32]));
    }

    #[test]
    fn an_error_names_the_key() {
        let rows = [
            ("[session]\nacces_token_ttl = '5s'", "acces_token_ttl"),
            ("[session]\naccess_token_ttl = 'soon'", "session.access_token_ttl"),
            ("[session]\naccess_token_ttl = '0s'", "session.access_token_ttl"),
            ("[session]\nprofile = 'bank'", "session.profile"),
            ("[session]\nmax_login_age = 'never'", "session.max_login_age"),
            ("[sesion]", "sesion"),
            ("[tokens]\npublish_ahead = '0s'", "tokens.publish_ahead"),
            ("[tokens]\nsigning_key_lifetime = 'never'", "tokens.signing_key_lifetime"),
            ("[tokens]\nsigning_key_lifetime = '1h'\npublish_ahead = '1h'", "tokens.signing_key_lifetime"),
            ("[tokens]\nsigning_key_lifetime = '1h'", "tokens.signing_key_lifetime"),
            ("[passwords]\nmin_length = 3", "passwords.min_length"),
            ("[passwords]\nmin_length = 'many'", "min_length"),
            ("[server]\npublic_url = 'https://a.example/path'", "server.public_url"),
            ("[server]\ntrusted_proxies = ['everybody']", "server.trusted_proxies"),
            ("[server]\nservices = ['pension']", "server.services"),
            ("[server]\ncookie_suffix = 'a;b'", "server.cookie_suffix"),
            ("[server]\ncookie_suffix = '=x'", "server.cookie_suffix"),
            ("[server]\ncookie_suffix = 'intr\u{e4}net'", "server.cookie_suffix"),
            ("[server]\ncookie_suffix = '0123456789012345678901234567890123'", "server.cookie_suffix"),
            ("[server]\nservices = ['pension:secret']", "server.services"),
        ];
        for (toml, key) in rows {
            let error = load(toml, &[]).expect_err(toml);
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn of_a_bad_service_only_the_name_is_shown() {
        for entry in ["pension:hunter2hunter2", "hunter2hunter2"] {
            let error = load("", &[("TABKEY_SERVER__SERVICES", entry)]).unwrap_err();
            assert!(error.starts_with("TABKEY_SERVER__SERVICES: server.services"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn who_listens_everywhere_is_found_at_this_machine_unless_told_otherwise() {
        let config = load("", &[("LEPTOS_SITE_ADDR", "0.0.0.0:3000")]).unwrap();
        assert_eq!(config.server.public_url, "http://127.0.0.1:3000");
        let config = load("[server]\npublic_url = 'https://App.Example.org:443/'", &[]).unwrap();
        assert_eq!(config.server.public_url, "https://app.example.org");
    }

    #[test]
    fn a_bad_secret_is_named_but_not_shown() {
        let error = load("", &[("TABKEY_SECRET_KEY", "hunter2hunter2")]).unwrap_err();
        assert!(error.contains("TABKEY_SECRET_KEY") && !error.contains("hunter2"), "{error}");
    }
}
