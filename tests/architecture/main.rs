//! The rules that keep the house in order, checked against the source itself.

mod circles;
mod words;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Faults that the second table of docs/SECURITY.md names at the least.
const FAULTS: usize = 46;

/// Where our code is.
const HOUSES: [&str; 4] = ["src", "crates/tabkey-core/src", "crates/tabkey-verifier/src", "crates/tabkey/src"];

/// Every Rust file under `folder`, with its text up to its unit tests.
fn sources(folder: &str) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("text");
                found.insert(entry, text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no source");
    found
}

/// `shared::{Error, Grant}` in a `use`, or `crate::shared::Error` in a body: the modules of this crate that a file names.
fn imports(text: &str, module: &str) -> bool {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    if code.contains(&format!("crate::{module}::")) {
        return true;
    }
    // A grouped import: `use crate::{ … }`.
    code.match_indices("use crate::{").any(|(at, _)| {
        let group = &code[at..at + code[at..].find(";").unwrap_or(0)];
        group.contains(&format!("\n    {module}::"))
            || group.contains(&format!("{{{module}::"))
            || group.contains(&format!(" {module}::"))
    })
}

fn no_import(folder: &str, forbidden: &[&str]) {
    for (file, text) in sources(folder) {
        for module in forbidden {
            assert!(!imports(&text, module), "{} must not import {module}", file.display());
        }
    }
}

#[test]
fn inside_the_kit_the_floors_form_no_circle() {
    no_import("crates/tabkey/src/browser", &["api", "server", "ui"]);
    no_import("crates/tabkey/src/server", &["api", "browser", "ui"]);
    no_import("crates/tabkey/src/api", &["ui"]);
    no_import("crates/tabkey/src/ui", &["server"]);
}

#[test]
fn pages_know_of_the_browser_half_only_the_session() {
    for (file, text) in sources("crates/tabkey/src/ui") {
        let rest = text.replace("browser::session", "");
        assert!(!imports(&rest, "browser"), "{} reaches past browser::session", file.display());
    }
}

#[test]
fn inside_the_server_http_stands_on_auth_and_auth_on_store() {
    no_import("crates/tabkey/src/server/auth", &["server::http"]);
    no_import("crates/tabkey/src/server/store", &["server::http", "server::auth"]);
    for (file, text) in sources("crates/tabkey/src/server/http") {
        let reaches = circles::named(&text).into_iter().find(|path| path.starts_with("crate::server::store"));
        assert_eq!(reaches, None, "{} reaches past auth", file.display());
        assert!(!text.contains("sqlx"), "{} holds SQL", file.display());
    }
}

#[test]
fn features_are_told_apart_module_by_module_where_modules_are_listed() {
    for (file, text) in HOUSES.into_iter().flat_map(sources) {
        let is_told_apart =
            text.contains("cfg(feature") || text.contains("cfg(any(feature") || text.contains("cfg!(feature");
        let lists_modules = file.ends_with("lib.rs") || file.ends_with("mod.rs");
        assert!(lists_modules || !is_told_apart, "{}", file.display());
    }
}

/// Cargo holds the floors; this holds what a feature could bring in behind its back.
#[test]
fn the_core_asks_for_nothing_and_nobody() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/tabkey-core/Cargo.toml"));
    assert!(!manifest.expect("a manifest").contains("default = "), "the core has a feature that nobody asked for");
    let code =
        sources("crates/tabkey-core/src").into_iter().filter(|(file, _)| !file.iter().any(|part| part == "tests"));
    for (file, text) in code {
        for foreign in
            ["std::net", "std::fs", "SystemTime", "Instant::now", "async fn", "leptos::", "web_sys::", "tokio::"]
        {
            assert!(!text.contains(foreign), "{} holds {foreign}", file.display());
        }
    }
}

#[test]
fn every_module_opens_with_its_role_and_where_it_runs() {
    for (file, text) in HOUSES.into_iter().flat_map(sources) {
        if !file.ends_with("lib.rs") {
            let doc: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
            let doc = doc.replace("//!", "");
            assert!(doc.contains("Runs in:") || doc.contains("Runs\n in:"), "{}: {doc}", file.display());
        }
    }
}

#[test]
fn rooms_are_small_and_nothing_unwraps() {
    for (file, text) in HOUSES.into_iter().flat_map(sources) {
        assert!(text.lines().count() <= 300, "{} is too long", file.display());
        assert!(!text.contains(".unwrap()"), "{} unwraps", file.display());
    }
}

#[test]
fn what_the_framework_reads_twice_says_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let section = |file: &str| -> BTreeMap<String, String> {
        let text = fs::read_to_string(root.join(file)).expect(file);
        let (_, rest) = text.split_once("[package.metadata.leptos]").expect("the section");
        let pairs = rest.lines().skip(1).take_while(|line| !line.starts_with('['));
        pairs.filter_map(|line| line.split_once(" = ")).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    let (build, run) = (section("Cargo.toml"), section("Leptos.toml"));
    assert!(run.len() >= 5);
    for (key, value) in run {
        assert_eq!(build.get(&key), Some(&value), "{key}");
    }
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("text")
}

/// Sections and their keys.
fn settings() -> Vec<(String, String)> {
    let raw = read("crates/tabkey/src/server/config/raw.rs");
    let structs = raw.split("pub struct ").skip(1).filter_map(|one| one.split_once(" {"));
    structs
        .filter(|(name, _)| *name != "Raw")
        .flat_map(|(name, rest)| {
            let fields = rest.split("\n}").next().unwrap_or_default().lines();
            let keys = fields.filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": Option"));
            keys.map(|(key, _)| (name.to_lowercase(), key.to_owned())).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_setting_is_in_the_file_and_in_the_reference() {
    let (file, reference) = (read("Leptos.toml"), read("docs/reference/configuration.md"));
    let settings = settings();
    assert!(settings.len() > 30, "{settings:?}");
    for (section, key) in settings {
        assert!(
            file.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{key} ="))),
            "{section}.{key}"
        );
        let row = format!("| `{key}` |");
        let variable = format!("`TABKEY_{}__{}`", section.to_uppercase(), key.to_uppercase());
        assert!(reference.lines().any(|line| line.starts_with(&row) && line.contains(&variable)), "{section}.{key}");
    }
}

#[test]
fn secrets_do_not_print() {
    use tabkey::server::auth::Secret;
    use tabkey_core::{AccessToken, Email, Grant, NewPassword, RefreshToken, SessionTimes, User};

    let token = AccessToken::new("very-secret".into());
    assert_eq!(format!("{token:?}"), "***");
    assert_eq!(format!("{:?}", Secret("very-secret".into())), "***");
    let email = Email::parse("ann@example.org").expect("an address");
    let password = NewPassword::parse("seven green lamps sing", &email, "tabkey", 15, |_| false).expect("a password");
    assert_eq!(format!("{password:?}"), "***");
    let grant = Grant {
        access_token: token,
        refresh_token: Some(RefreshToken::new("very-secret".into())),
        token_type: "Bearer".into(),
        expires_in: 300,
        server_time: 0,
        session: SessionTimes { id: uuid::Uuid::nil(), expires_at: 0, idle_expires_at: 0 },
        user: User { id: uuid::Uuid::nil(), email: String::new(), display_name: String::new(), roles: Vec::new() },
    };
    assert!(!format!("{grant:?}").contains("very-secret"));
}

#[test]
fn each_failure_of_the_field_has_tests_and_they_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/FIELD-FAILURES.md")).expect("the page");
    let rows: Vec<&str> =
        page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| failure")).collect();
    assert!(rows.len() >= 38, "{} failures", rows.len());
    for row in rows {
        assert!(holds_to_its_names(row) > 0, "no test: {row}");
    }
}

/// The quoted words of one list in deny.toml.
fn denied(list: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml")).expect("deny.toml");
    let (_, rest) = text.split_once(&format!("\n{list} = [\n")).expect(list);
    let lines = rest.lines().take_while(|line| *line != "]");
    lines.filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect()
}

/// What a build for this platform brings, tests included.
fn packages() -> Vec<serde_json::Value> {
    let features = ["--features", "ssr", "--filter-platform", "x86_64-unknown-linux-gnu"];
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked"]).args(features);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("metadata");
    metadata["packages"].as_array().expect("packages").clone()
}

#[test]
fn no_crate_is_brought_that_is_banned_by_name() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).expect("Cargo.lock");
    let banned = denied("deny");
    assert!(banned.iter().any(|name| name == "rsa"));
    for banned in banned {
        assert!(!lock.contains(&format!("name = \"{banned}\"\n")), "{banned} is in Cargo.lock");
    }
    assert!(!lock.contains("source = \"git+"), "something comes from no registry");
}

/// Whether an SPDX expression can be met: alternatives of conjunctions, in brackets or not.
fn is_allowed(license: &str, allowed: &[String]) -> bool {
    let license = license.replace('/', " OR ");
    let mut depth = 0;
    let mut parts: Vec<(char, String)> = vec![(' ', String::new())];
    for word in license.replace('(', " ( ").replace(')', " ) ").split_whitespace() {
        match word {
            "OR" | "AND" if depth == 0 => parts.push((word.chars().next().unwrap_or(' '), String::new())),
            _ => {
                depth += i32::from(word == "(") - i32::from(word == ")");
                let part = &mut parts.last_mut().expect("one part").1;
                *part = format!("{part} {word}").trim().to_owned();
            }
        }
    }
    let holds = |part: &str| match part.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_allowed(inner, allowed),
        None => allowed.iter().any(|known| known == part),
    };
    // AND binds closer.
    parts.chunk_by(|_, next| next.0 != 'O').any(|group| group.iter().all(|(_, part)| holds(part)))
}

#[test]
fn every_licence_is_one_that_we_can_live_with() {
    let allowed = denied("allow");
    let ours = ["MIT", "Zlib"].map(str::to_owned);
    assert!(is_allowed("GPL-3.0 OR MIT AND Zlib", &ours) && is_allowed("(MIT OR X) AND Zlib", &ours));
    assert!(!is_allowed("MIT AND GPL-3.0", &ours) && !is_allowed("", &ours));
    for package in packages() {
        let license = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(license, &allowed), "{} is under {license:?}", package["name"]);
    }
}

#[test]
fn a_crate_that_comes_twice_is_known_to() {
    let mut count = BTreeMap::<String, usize>::new();
    for package in packages() {
        *count.entry(package["name"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let twice: Vec<String> = count.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect();
    assert_eq!(twice, denied("skip"), "left: what comes twice; right: `skip` in deny.toml");
}

#[test]
fn r25_password_fields_take_what_a_manager_fills_in_or_a_person_pastes() {
    for (file, text) in sources("crates/tabkey/src/ui") {
        assert!(!text.to_lowercase().contains("paste"), "{} listens to pasting", file.display());
    }
    let all: String = sources("crates/tabkey/src/ui").into_values().collect();
    assert!(all.contains("\"new-password\"") && all.contains("\"current-password\""), "managers know no field");
    let field = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/tabkey/src/ui/parts/field.rs"))
        .expect("field");
    assert!(!field.contains("maxlength"), "what is pasted would be cut");
}

#[test]
fn r50_no_private_key_and_no_secret_file_is_in_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = std::process::Command::new("git").args(["ls-files"]).current_dir(root).output().expect("git runs");
    let marker = ["-----BEGIN", "PRIVATE KEY-----"];
    let mut read = 0;
    for file in String::from_utf8_lossy(&listed.stdout).lines() {
        assert!(!file.ends_with("secret.key") && !file.ends_with(".db") && !file.ends_with(".pem"), "{file}");
        let text = fs::read_to_string(root.join(file)).unwrap_or_default();
        let holds_one = text.lines().any(|line| line.starts_with(marker[0]) && line.ends_with(marker[1]));
        assert!(!holds_one, "{file} holds a private key");
        read += usize::from(!text.is_empty());
    }
    assert!(read > 200, "{read} files");
}

/// `file: name` in a table stands for a test that is there; `crates/…` alone for a file.
fn holds_to_its_names(row: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = 0;
    for named in row.split('`').skip(1).step_by(2) {
        let Some((file, name)) = named.split_once(": ") else {
            assert!(
                !(named.starts_with("src/") || named.starts_with("crates/")) || root.join(named).exists(),
                "{named} is not there: {row}"
            );
            continue;
        };
        let text = fs::read_to_string(root.join(file)).expect(file);
        let begins = if file.ends_with(".rs") {
            [format!("fn {name}()"), format!("fn {name}(")]
        } else {
            [format!("test(\"{name}: "), format!("test(`{name}: ")]
        };
        assert!(begins.iter().any(|begin| text.contains(begin)), "{file} has no test {name}");
        tests += 1;
    }
    tests
}

#[test]
fn each_requirement_and_each_fault_that_was_found_has_a_test_and_it_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/SECURITY.md")).expect("the page");
    let rows = |letter: char| {
        let numbered = page.lines().filter_map(move |line| {
            let number: u32 = line.strip_prefix(&format!("| {letter}"))?.split(' ').next()?.parse().ok()?;
            Some((number, line))
        });
        numbered.collect::<Vec<_>>()
    };
    let requirements = rows('R');
    assert!(requirements.iter().map(|(number, _)| *number).eq(1..=52), "R1 to R52, each once");
    for (_, row) in &requirements {
        assert!(row.contains("`crates/") || row.contains("`tests/"), "no code: {row}");
        assert!(holds_to_its_names(row) > 0, "no test: {row}");
    }
    let faults = rows('F');
    assert!(faults.is_sorted_by_key(|(number, _)| *number) && faults.len() >= FAULTS, "{} faults", faults.len());
    for (_, row) in faults {
        assert!(holds_to_its_names(row) > 0, "no test: {row}");
    }
}
