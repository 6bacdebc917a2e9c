//! The secret that is not in the database. Runs in: the server.

use std::{fs, io::Write, path::PathBuf};

use zeroize::Zeroizing;

use crate::server::{auth::StartError, config::Config};

/// `TABKEY_SECRET_KEY`, else the file named by `TABKEY_SECRET_KEY_FILE`, else `secret.key` beside the SQLite file, which
/// is made on the first start.
pub fn find(config: &Config) -> Result<Zeroizing<[u8; 32]>, StartError> {
    if let Some(secret) = &config.server.secret_key {
        return Ok(Zeroizing::new(secret.0));
    }
    let file = match &config.server.secret_key_file {
        Some(file) => file.clone(),
        None => generated_beside_the_database(config)?,
    };
    let unreadable = |why: &str| {
        StartError(format!(
            "TABKEY_SECRET_KEY_FILE: {} {why}: it must hold 64 hex digits (openssl rand -hex 32)",
            file.display()
        ))
    };
    let text =
        Zeroizing::new(fs::read_to_string(&file).map_err(|error| unreadable(&format!("cannot be read ({error})")))?);
    parse_hex(text.trim()).ok_or_else(|| unreadable("does not hold a key"))
}

/// 64 hex digits as 32 bytes.
pub fn parse_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

fn generated_beside_the_database(config: &Config) -> Result<PathBuf, StartError> {
    let path = config.store.url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or(path);
    let file = PathBuf::from(path).with_file_name("secret.key");
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&file) {
        Ok(mut new) => {
            let hex: Zeroizing<String> =
                Zeroizing::new(super::random().iter().map(|byte| format!("{byte:02x}")).collect());
            writeln!(new, "{}", hex.as_str()).and_then(|()| new.sync_all()).map_err(|error| {
                StartError(format!(
                    "{} cannot be written ({error}): free some space, or set TABKEY_SECRET_KEY",
                    file.display()
                ))
            })?;
            Ok(file)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(file),
        Err(error) => Err(StartError(format!(
            "{} cannot be made ({error}): make its folder writable, or set TABKEY_SECRET_KEY",
            file.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_hex_digits_and_nothing_else() {
        assert_eq!(parse_hex(&"0f".repeat(32)).as_deref(), Some(&[15; 32]));
        for bad in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"é".repeat(32), &"+f".repeat(32)] {
            assert!(parse_hex(bad).is_none(), "{bad}");
        }
    }
}
