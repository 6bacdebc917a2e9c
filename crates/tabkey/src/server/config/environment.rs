//! Which variables are settings, and what to say where one is wrong, without repeating what may be secret. Runs in: the server.

use std::{collections::HashMap, env, path::Path};

use super::raw::Raw;
use crate::server::StartError;

const PREFIX: &str = "TABKEY_";

/// All variables. Errors: one of ours that is no UTF-8, for without it something else would be in force.
pub fn variables() -> Result<HashMap<String, String>, StartError> {
    let mut variables = HashMap::new();
    for (name, value) in env::vars_os() {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => drop(variables.insert(name, value)),
            Err(_) if is_ours(&name) => return Err(StartError(format!("{name} cannot be used: it is no UTF-8"))),
            Err(_) => {}
        }
    }
    Ok(variables)
}

fn is_ours(name: &str) -> bool {
    is_setting(name) || ["TABKEY_SECRET_KEY", "DATABASE_", "LEPTOS_"].iter().any(|ours| name.starts_with(ours))
}

/// `server.public_url` → `TABKEY_SERVER__PUBLIC_URL`.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

/// Only `TABKEY_SECTION__KEY` is a setting: Kubernetes puts `TABKEY_PORT`, `TABKEY_SERVICE_HOST` and more into each pod beside
/// a Service of that name.
fn is_setting(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.contains("__"))
}

/// The file and the variables over it, not judged yet. Errors: one sentence that names the file or the variable.
pub fn read(file: &Path, env: &HashMap<String, String>) -> Result<Raw, StartError> {
    let settings: HashMap<String, String> =
        env.iter().filter(|(name, _)| is_setting(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    let together = build(Some(file), settings.clone());
    together.map_err(|error| {
        let alone = |(name, value): (&String, &String)| {
            let error = build(None, HashMap::from([(name.clone(), value.clone())])).err()?;
            Some((name.clone(), error))
        };
        let (place, error) = settings.iter().find_map(alone).unwrap_or_else(|| (file.display().to_string(), error));
        StartError(format!("{place} cannot be used: {}; see Leptos.toml for every key", words(&error)))
    })
}

fn build(file: Option<&Path>, settings: HashMap<String, String>) -> Result<Raw, config::ConfigError> {
    let environment = config::Environment::with_prefix("TABKEY")
        .prefix_separator("_")
        .separator("__")
        .list_separator(",")
        .with_list_parse_key("server.trusted_proxies")
        .with_list_parse_key("server.services")
        .try_parsing(true)
        .source(Some(settings));
    let mut builder = config::Config::builder();
    if let Some(file) = file {
        builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml).required(false));
    }
    builder.add_source(environment).build()?.try_deserialize()
}

/// An error in one line, without the values: a line of the file may hold a password, and so may what has the wrong type.
pub fn words(error: &config::ConfigError) -> String {
    let text = error.to_string();
    let is_excerpt = |line: &&str| {
        !line.split_once('|').is_some_and(|(before, _)| before.chars().all(|c| c == ' ' || c.is_ascii_digit()))
    };
    let lines = text.lines().filter(is_excerpt).map(str::trim).filter(|line| !line.is_empty());
    unquoted(&lines.collect::<Vec<_>>().join(": "))
}

/// The same with `"…"` for whatever stands in quotation marks.
fn unquoted(text: &str) -> String {
    let (mut kept, mut is_inside, mut is_escaped) = (String::new(), false, false);
    for c in text.chars() {
        match c {
            '"' if !is_escaped => {
                kept.push_str(if is_inside { "…\"" } else { "\"" });
                is_inside = !is_inside;
            }
            _ if !is_inside => kept.push(c),
            _ => {}
        }
        is_escaped = is_inside && c == '\\' && !is_escaped;
    }
    kept
}

/// The same error with the variable that a bad value came from.
pub fn named(error: StartError, env: &HashMap<String, String>) -> StartError {
    let key = error.0.split(' ').next().unwrap_or_default();
    let name = variable(key);
    if is_setting(&name) && env.contains_key(&name) { StartError(format!("{name}: {}", error.0)) } else { error }
}

/// Variables that would be settings with two underscores, and are ignored with one.
pub fn misspelt(env: &HashMap<String, String>) -> Vec<String> {
    let single = env.keys().filter(|name| name.starts_with(PREFIX) && !is_setting(name));
    let mut found: Vec<String> = single
        .filter_map(|name| {
            let (section, key) = name.strip_prefix(PREFIX)?.split_once('_')?;
            // What an application calls its own keys nobody knows here.
            if section == "APP" {
                return None;
            }
            let meant = format!("{PREFIX}{section}__{key}");
            // A known key takes some text, or some number, or says what type it wants; an unknown one does not.
            let error = build(None, HashMap::from([(meant.clone(), String::new())])).err();
            let is_known = error.is_none_or(|error| !error.to_string().contains("unknown field"));
            is_known.then(|| format!("{name} is ignored: the setting is {meant}, with two underscores"))
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(variables: &[(&str, &str)]) -> HashMap<String, String> {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn error(toml: &str, variables: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Leptos.toml");
        std::fs::write(&file, toml).unwrap();
        read(&file, &env(variables)).expect_err(toml).0
    }

    #[test]
    fn what_kubernetes_puts_beside_a_service_is_no_setting() {
        let pod = env(&[
            ("TABKEY_PORT", "tcp://10.0.171.239:80"),
            ("TABKEY_SERVICE_HOST", "10.0.171.239"),
            ("TABKEY_SERVICE_PORT", "80"),
            ("TABKEY_SERVICE_PORT_HTTP", "80"),
            ("TABKEY_PORT_3000_TCP", "tcp://10.0.171.239:3000"),
            ("TABKEY_PORT_3000_TCP_ADDR", "10.0.171.239"),
            ("TABKEY_SERVER_PORT_3000_TCP_PROTO", "tcp"),
            ("TABKEY_SERVER_SERVICE_HOST", "10.0.171.239"),
            ("TABKEYS_MAIL__FROM", "another application's"),
        ]);
        assert!(read(Path::new("no such file.toml"), &pod).is_ok());
        assert_eq!(misspelt(&pod), Vec::<String>::new());
    }

    #[test]
    fn one_underscore_too_few_is_said() {
        let said = misspelt(&env(&[("TABKEY_SERVER_TRUSTED_PROXIES", "::1"), ("TABKEY_PASSWORDS_MIN_LENGTH", "20")]));
        assert_eq!(said.len(), 2);
        assert!(said[1].contains("TABKEY_SERVER__TRUSTED_PROXIES"), "{said:?}");
    }

    #[test]
    fn an_error_names_the_variable_or_the_file() {
        let unknown = error("", &[("TABKEY_SERVER__PROT", "80"), ("TABKEY_PASSWORDS__MIN_LENGTH", "20")]);
        assert!(unknown.starts_with("TABKEY_SERVER__PROT cannot be used: unknown field `prot`"), "{unknown}");
        let typed = error("", &[("TABKEY_PASSWORDS__MIN_LENGTH", "many")]);
        assert!(typed.starts_with("TABKEY_PASSWORDS__MIN_LENGTH cannot be used: invalid type"), "{typed}");
        assert!(error("[server]\nprot = 80", &[]).contains("Leptos.toml cannot be used: unknown field `prot`"));
        let judged = named(StartError("mail.from = \"\" cannot be used".into()), &env(&[("TABKEY_MAIL__FROM", "")]));
        assert!(judged.0.starts_with("TABKEY_MAIL__FROM: mail.from"), "{judged}");
    }

    #[test]
    fn r48_an_error_repeats_no_value() {
        let rows = [
            "[mail]\nsmtp_url = \"smtps://user:hunter2@mail.example.org",
            "[mail]\nsmtp_url = smtps://user:hunter2@mail.example.org",
            "[mail]\nsmtp_url = [\"hunter2\"]",
            "[mail]\nsmtp_url = \"a\"\nsmtp_url = \"hunter2\"",
            "[server]\nservices = \"pension:hunter2\"",
            "[server]\nservices = \"pension:\\\"hunter2\\\"\"",
            "[server]\njson_log = \"hunter2\"",
            "mail = \"hunter2\"",
        ];
        for toml in rows {
            let error = error(toml, &[]);
            assert!(!error.contains("hunter2") && error.lines().count() == 1, "{error}");
            assert!(error.contains("Leptos.toml"), "{error}");
        }
    }
}
