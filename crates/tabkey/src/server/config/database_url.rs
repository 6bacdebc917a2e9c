//! The database's address, which may hold a password: what is printed of it never does. Runs in: the server.

use std::fmt;

/// The parameters that `postgres://…?` may have: the driver would print the value of any other.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// `sqlite:PATH` or `postgres://…`. `Debug` prints `***`, `Display` what may be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Whether it names PostgreSQL; anything else is judged as a file of SQLite.
    pub fn is_postgres(&self) -> bool {
        self.0.starts_with("postgres://") || self.0.starts_with("postgresql://")
    }

    /// All of it, for the driver alone.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Looks for what the driver would misread, or print. Errors: a sentence about an address of PostgreSQL, without it.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let (_, after) = self.authority();
        if after.contains('@') {
            return Err("a / ? # or @ in the password must be percent-encoded (%2F %3F %23 %40)");
        }
        let query = after.split('#').next().and_then(|before| before.split_once('?')).map_or("", |(_, query)| query);
        let keys = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split('=').next().unwrap_or(pair));
        for key in keys {
            let is_option = key.starts_with("options[") || key.to_ascii_lowercase().starts_with("options%5b");
            if !is_option && !PARAMETERS.contains(&key) {
                return Err("a parameter after the ? is unknown: sslmode, sslrootcert, options and the like are known");
            }
        }
        Ok(())
    }

    /// `user:password@host:port`, and what follows it.
    fn authority(&self) -> (&str, &str) {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()))
    }
}

impl From<String> for DatabaseUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for DatabaseUrl {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Of PostgreSQL user, host, port and database; of SQLite the file; of anything else, and of what cannot be told apart,
/// the scheme.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_postgres() {
            let (authority, after) = self.authority();
            let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
            let user = user.split(':').next().unwrap_or_default();
            let has_port = host.rsplit_once(':').is_none_or(|(host, port)| {
                port.parse::<u16>().is_ok() || (host.starts_with('[') && host.ends_with(']')) || port.ends_with(']')
            });
            if after.contains('@') || !has_port {
                return f.write_str("postgres://…");
            }
            let database = after.split(['?', '#']).next().unwrap_or_default();
            let at = if user.is_empty() { "" } else { "@" };
            return write!(f, "postgres://{user}{at}{host}{database}");
        }
        match self.0.split_once(':') {
            Some(("sqlite", path)) => write!(f, "sqlite:{}", path.split('?').next().unwrap_or_default()),
            Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+') => {
                write!(f, "{scheme}:…")
            }
            _ => f.write_str("…"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_an_address_holds_no_password() {
        let rows = [
            ("postgres://ann:hunter2@db:5432/tabkey", "postgres://ann@db:5432/tabkey"),
            ("postgresql://ann:hunter2@db", "postgres://ann@db"),
            ("postgres://ann:hun@ter2@db/tabkey", "postgres://ann@db/tabkey"),
            ("postgres://db/tabkey?user=ann&password=hunter2", "postgres://db/tabkey"),
            ("postgres://ann:hun/ter2@db/tabkey", "postgres://…"),
            ("postgres://ann:123#hunter2@db/tabkey", "postgres://…"),
            ("postgres://ann:123?hunter2@db/tabkey", "postgres://…"),
            ("postgres://ann:hunter2", "postgres://…"),
            ("postgres://ann:hunter2@[::1]:5432/tabkey", "postgres://ann@[::1]:5432/tabkey"),
            ("postgres://%2Frun%2Fpostgresql/tabkey", "postgres://%2Frun%2Fpostgresql/tabkey"),
            ("mysql://ann:hunter2@db/tabkey", "mysql:…"),
            ("postgres:ann:hunter2@db", "postgres:…"),
            ("hunter2@db:5432", "…"),
            ("hunter2", "…"),
            ("sqlite:data/tabkey.db?key=hunter2", "sqlite:data/tabkey.db"),
        ];
        for (url, shown) in rows {
            let url = DatabaseUrl::from(url);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), "***");
        }
    }

    #[test]
    fn an_address_that_the_driver_would_misread_or_print_is_refused() {
        let good = [
            "postgres://ann:hun%2Fter2@db/tabkey?sslmode=require",
            "postgres://ann@db/tabkey?options[search_path]=tabkey",
            "postgres://ann@db/tabkey?options=-c%20search_path%3Dtabkey&application_name=one",
        ];
        for url in good {
            assert_eq!(DatabaseUrl::from(url).check(), Ok(()), "{url}");
        }
        let bad = [
            "postgres://ann:hun/ter2@db/tabkey",
            "postgres://ann:123#hunter2@db/tabkey",
            "postgres://ann@db/tabkey?passwort=hunter2",
            "postgres://ann@db/tabkey?sslmode=require&sslpassword=hunter2",
        ];
        for url in bad {
            assert!(DatabaseUrl::from(url).check().is_err(), "{url}");
        }
    }
}
