//! The rules that keep the house in order, checked against the source itself.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

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
fn the_floors_form_no_circle() {
    no_import("src/shared", &["api", "browser", "server", "ui", "verifier", "verify"]);
    no_import("src/browser", &["api", "server", "ui", "verifier", "verify"]);
    no_import("src/verify", &["api", "browser", "server", "ui", "verifier"]);
    no_import("src/verifier", &["api", "browser", "server", "ui"]);
    no_import("src/server", &["api", "browser", "ui", "verifier"]);
    no_import("src/api", &["ui", "verifier", "verify"]);
    no_import("src/ui", &["server", "verifier", "verify"]);
}

#[test]
fn pages_know_of_the_browser_half_only_the_session() {
    for (file, text) in sources("src/ui") {
        let rest = text.replace("browser::session", "");
        assert!(!imports(&rest, "browser"), "{} reaches past browser::session", file.display());
    }
}

#[test]
fn inside_the_server_http_stands_on_auth_and_auth_on_store() {
    no_import("src/server/auth", &["server::http"]);
    no_import("src/server/store", &["server::http", "server::auth"]);
    for (file, text) in sources("src/server/http") {
        assert!(!text.contains("server::store"), "{} reaches past auth", file.display());
        assert!(!text.contains("sqlx"), "{} holds SQL", file.display());
    }
}

#[test]
fn features_are_told_apart_in_one_place_only_and_module_by_module() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    let gated: Vec<_> =
        lib.split("#[cfg(").skip(1).filter_map(|rest| rest.lines().next().zip(rest.lines().nth(1))).collect();
    assert_eq!(
        gated[..gated.len() - 1],
        [
            ("feature = \"app\")]", "pub mod api;"),
            ("feature = \"app\")]", "pub mod browser;"),
            ("feature = \"ssr\")]", "pub mod server;"),
            ("feature = \"app\")]", "pub mod ui;"),
            ("feature = \"verifier\")]", "pub mod verifier;"),
            ("any(feature = \"ssr\", feature = \"verifier\"))]", "pub mod verify;"),
        ]
    );
    assert_eq!(gated.last().map(|(feature, _)| *feature), Some("feature = \"hydrate\")]"));
    for (file, text) in sources("src") {
        let is_told_apart =
            text.contains("cfg(feature") || text.contains("cfg(any(feature") || text.contains("cfg!(feature");
        assert!(file.ends_with("lib.rs") || !is_told_apart, "{}", file.display());
    }
}

#[test]
fn what_another_service_takes_holds_no_page_and_no_sql() {
    for folder in ["src/shared", "src/verify", "src/verifier"] {
        for (file, text) in sources(folder) {
            for foreign in ["leptos::", "server_fn::", "web_sys::", "wasm_bindgen::", "sqlx::"] {
                assert!(!text.contains(foreign), "{} holds {foreign}", file.display());
            }
        }
    }
}

#[test]
fn every_module_opens_with_its_role_and_where_it_runs() {
    for (file, text) in sources("src") {
        if !file.ends_with("lib.rs") {
            let doc: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
            let doc = doc.replace("//!", "");
            assert!(doc.contains("Runs in:") || doc.contains("Runs\n in:"), "{}: {doc}", file.display());
        }
    }
}

#[test]
fn rooms_are_small_and_nothing_unwraps() {
    for (file, text) in sources("src") {
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

#[test]
fn secrets_do_not_print() {
    use tabkey::{
        server::auth::Secret,
        shared::{AccessToken, Email, Grant, NewPassword, RefreshToken, SessionTimes, User},
    };

    let token = AccessToken::new("very-secret".into());
    assert_eq!(format!("{token:?}"), "***");
    assert_eq!(format!("{:?}", Secret("very-secret".into())), "***");
    let email = Email::parse("ann@example.org").expect("an address");
    let password = NewPassword::parse("seven green lamps sing", &email, 15, |_| false).expect("a password");
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
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 38, "{} failures", rows.len());
    for row in rows {
        let tests: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "{row}");
        for test in tests {
            let (file, name) = test.split_once(": ").expect("a file and a name");
            let text = fs::read_to_string(root.join(file)).expect(file);
            let begins = if file.ends_with(".rs") {
                [format!("fn {name}()"), format!("fn {name}(")]
            } else {
                [format!("test(\"{name}: "), format!("test(`{name}: ")]
            };
            assert!(begins.iter().any(|begin| text.contains(begin)), "{file} has no test {name}");
        }
    }
}

#[test]
fn no_crate_is_brought_that_is_banned_by_name() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).expect("Cargo.lock");
    // A timing leak without a remedy (RUSTSEC-2023-0071) and curves that no token uses; TLS of the system, in C.
    for banned in ["rsa", "p256", "p384", "openssl", "openssl-sys", "native-tls"] {
        assert!(!lock.contains(&format!("name = \"{banned}\"\n")), "{banned} is in Cargo.lock");
    }
}
