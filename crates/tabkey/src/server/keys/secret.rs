//! The secret that is not in the database. Runs in: the server.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::server::{
    StartError,
    config::{Config, parse_secret},
    store::sqlite,
};

/// The file that is made where nothing is configured, beside the database.
const GENERATED: &str = "secret.key";

/// `TABKEY_SECRET_KEY`, else the file named by `TABKEY_SECRET_KEY_FILE`, else `secret.key` beside the SQLite file. The
/// last is made where `is_first_start`: later a new secret could open nothing, and would hide that the old one is lost.
pub fn find(config: &Config, is_first_start: bool) -> Result<Zeroizing<[u8; 32]>, StartError> {
    if let Some(secret) = &config.server.secret_key {
        return Ok(Zeroizing::new(secret.0));
    }
    let file = match &config.server.secret_key_file {
        Some(file) => file.clone(),
        None if config.store.url.is_postgres() => {
            return Err(StartError(
                "TABKEY_SECRET_KEY is not set, and all nodes on one PostgreSQL need the same: make one with openssl rand -hex 32, or name a file in TABKEY_SECRET_KEY_FILE".into(),
            ));
        }
        None => beside_the_database(config, is_first_start)?,
    };
    let unreadable = |why: &str| {
        StartError(format!(
            "TABKEY_SECRET_KEY_FILE: {} {why}: it must hold 64 hex digits (openssl rand -hex 32)",
            file.display()
        ))
    };
    let text =
        Zeroizing::new(fs::read_to_string(&file).map_err(|error| unreadable(&format!("cannot be read ({error})")))?);
    parse_secret(text.trim()).ok_or_else(|| unreadable("does not hold a key"))
}

/// The same, and makes nothing: `None` where a start would make one.
pub fn look(config: &Config, is_first_start: bool) -> Result<Option<Zeroizing<[u8; 32]>>, StartError> {
    let server = &config.server;
    if is_first_start && server.secret_key.is_none() && server.secret_key_file.is_none() {
        let file = sqlite::file(&config.store.url).ok().map(|file| file.with_file_name(GENERATED));
        if file.is_some_and(|file| !file.exists()) {
            return Ok(None);
        }
    }
    find(config, false).map(Some)
}

fn beside_the_database(config: &Config, is_first_start: bool) -> Result<PathBuf, StartError> {
    let file = sqlite::file(&config.store.url).map_err(StartError)?.with_file_name(GENERATED);
    if file.exists() {
        return Ok(file);
    }
    if !is_first_start {
        return Err(StartError(format!(
            "{} is missing, and the keys in this database open with nothing else: put it back from a backup, or set TABKEY_SECRET_KEY to what it held",
            file.display()
        )));
    }
    match generate(&file) {
        // Another process was first: its secret is the one.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(StartError(format!(
            "{} cannot be made ({error}): make its folder writable, or set TABKEY_SECRET_KEY",
            file.display()
        ))),
        _ => Ok(file),
    }
}

/// Writes the whole secret under another name first, so that no crash and no other process ever sees half of one.
fn generate(file: &Path) -> io::Result<()> {
    let draft = file.with_extension(format!("new.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let hex = Zeroizing::new(super::random().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let mut new = options.open(&draft)?;
    let made =
        writeln!(new, "{}", hex.as_str()).and_then(|()| new.sync_all()).and_then(|()| fs::hard_link(&draft, file));
    fs::remove_file(&draft)?;
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_hex_digits_and_nothing_else() {
        assert_eq!(parse_secret(&"0f".repeat(32)).as_deref(), Some(&[15; 32]));
        for bad in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"é".repeat(32), &"+f".repeat(32)] {
            assert!(parse_secret(bad).is_none(), "{bad}");
        }
    }
}
