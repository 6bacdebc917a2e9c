//! Where the site's files are, and that nothing else lies among them. Runs in: the server.

use std::{env, fs, path::Path};

use leptos::prelude::*;

use super::{auth::StartError, config::Config, store::sqlite};

/// Where the build puts the files. The framework's own default is the working folder, which holds the database and its
/// secret: every file in it could be fetched.
const SITE_ROOT: &str = "target/site";

/// The framework's settings: from `Leptos.toml`, or without it, as the build made them, with `LEPTOS_SITE_ROOT` over
/// them. Errors: a file that cannot be used.
pub fn options() -> Result<LeptosOptions, StartError> {
    if Path::new("Leptos.toml").exists() {
        let file = get_configuration(Some("Leptos.toml")).map_err(|error| {
            StartError(format!("Leptos.toml: [package.metadata.leptos] cannot be used ({error}): see README.md"))
        })?;
        return Ok(file.leptos_options);
    }
    let root = env::var("LEPTOS_SITE_ROOT").unwrap_or_else(|_| SITE_ROOT.into());
    Ok(LeptosOptions::builder().output_name("tabkey").site_root(root).build())
}

/// Everything under the site's folder can be fetched by anybody. Errors: the database or the secret lies in it.
pub fn hides_secrets(options: &LeptosOptions, config: &Config) -> Result<(), StartError> {
    let Ok(root) = fs::canonicalize(&*options.site_root) else { return Ok(()) };
    let database = sqlite::file(&config.store.url).ok();
    let secret = config.server.secret_key_file.as_deref();
    for (key, file) in [("DATABASE_URL", database.as_deref()), ("TABKEY_SECRET_KEY_FILE", secret)] {
        if let Some(file) = file.and_then(absolute)
            && file.starts_with(&root)
        {
            return Err(StartError(format!(
                "{key}: {} lies in the site's folder {}, where anybody could fetch it: move it, or set LEPTOS_SITE_ROOT to another folder",
                file.display(),
                root.display()
            )));
        }
    }
    Ok(())
}

/// The file's place with links resolved, also before the file or its folders exist.
fn absolute(file: &Path) -> Option<std::path::PathBuf> {
    let file = std::path::absolute(file).ok()?;
    let there = file.ancestors().find(|folder| folder.exists())?;
    let rest = file.strip_prefix(there).ok()?;
    Some(fs::canonicalize(there).ok()?.join(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_or_a_secret_among_the_sites_files_ends_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_string_lossy().into_owned();
        let site = LeptosOptions::builder().output_name("tabkey").site_root(root.as_str()).build();
        let mut config = Config::for_tests();

        config.store.url = format!("sqlite:{root}/data/tabkey.db");
        assert!(hides_secrets(&site, &config).is_err_and(|error| error.0.contains("DATABASE_URL")));

        config.store.url = "sqlite:/somewhere/else.db".into();
        assert!(hides_secrets(&site, &config).is_ok());

        config.server.secret_key_file = Some(folder.path().join("secret.key"));
        assert!(hides_secrets(&site, &config).is_err_and(|error| error.0.contains("TABKEY_SECRET_KEY_FILE")));
    }
}
