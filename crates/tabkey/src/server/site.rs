//! Where the site's files are, and that nothing else lies among them. Runs in: the server.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use leptos::prelude::*;

use super::{StartError, config::Config, store::sqlite};

/// Where the build puts the files. The framework's own default is the working folder, which holds the database and its
/// secret: every file in it could be fetched.
const SITE_ROOT: &str = "target/site";

/// The framework's settings: from `Leptos.toml`, or where it has none, as the build of an application of this name made them, with
/// `LEPTOS_SITE_ROOT` and `LEPTOS_OUTPUT_NAME` over them. Errors: a file that cannot be used.
pub fn options(name: &str) -> Result<LeptosOptions, StartError> {
    let file = fs::read_to_string("Leptos.toml").unwrap_or_default();
    if file.lines().any(|line| line.trim() == "[package.metadata.leptos]") {
        let file = get_configuration(Some("Leptos.toml")).map_err(|error| {
            StartError(format!(
                "Leptos.toml: [package.metadata.leptos] cannot be used ({error}): see docs/reference/configuration.md"
            ))
        })?;
        return Ok(file.leptos_options);
    }
    let root = env::var("LEPTOS_SITE_ROOT").unwrap_or_else(|_| SITE_ROOT.into());
    let output = env::var("LEPTOS_OUTPUT_NAME").unwrap_or_else(|_| name.into());
    Ok(LeptosOptions::builder().output_name(output).site_root(root).build())
}

/// What the build puts there, without which no page comes to life.
const PACKAGE: &str = "pkg";
/// Entries of the site's folder that are looked at for links.
const MAX_ENTRIES: usize = 100_000;

/// Everything under the site's folder can be fetched by anybody. Errors: something that nobody may have lies in it, or is
/// reached from it by a link.
pub fn hides_secrets(options: &LeptosOptions, config: &Config) -> Result<(), StartError> {
    let Ok(root) = fs::canonicalize(&*options.site_root) else { return Ok(()) };
    let database = sqlite::file(&config.store.url).ok();
    let guarded = [
        ("DATABASE_URL", database.as_deref()),
        ("TABKEY_SECRET_KEY_FILE", config.server.secret_key_file.as_deref()),
        ("mail.outbox", Some(config.mail.outbox.as_path())),
        ("Leptos.toml", Some(Path::new("Leptos.toml"))),
        ("the working folder", Some(Path::new("."))),
    ];
    let served: Vec<PathBuf> = std::iter::once(root.clone()).chain(links(&root)).collect();
    for (what, path) in guarded {
        if let Some(path) = path.and_then(absolute)
            && served.iter().any(|served| path.starts_with(served))
        {
            return Err(StartError(format!(
                "{what}: {} lies in the site's folder {}, where anybody could fetch it: move it, or set LEPTOS_SITE_ROOT to another folder",
                path.display(),
                root.display()
            )));
        }
    }
    Ok(())
}

/// Where the links in a folder lead.
fn links(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders, mut seen) = (Vec::new(), vec![root.to_owned()], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            seen += 1;
            match entry.file_type() {
                _ if seen > MAX_ENTRIES => return found,
                Ok(kind) if kind.is_symlink() => found.extend(fs::canonicalize(entry.path())),
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}

/// What to say where the site's files are missing.
pub fn warning(options: &LeptosOptions) -> Option<String> {
    let root = Path::new(&*options.site_root);
    (!root.join(PACKAGE).is_dir()).then(|| {
        format!(
            "the site's files are not in {}: pages come without style and script; build them (cargo leptos build), or set LEPTOS_SITE_ROOT to their folder",
            std::path::absolute(root).unwrap_or_else(|_| root.to_owned()).display()
        )
    })
}

/// The file's place with links resolved, also before the file or its folders exist.
fn absolute(file: &Path) -> Option<PathBuf> {
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

        config.store.url = format!("sqlite:{root}/data/tabkey.db").into();
        assert!(hides_secrets(&site, &config).is_err_and(|error| error.0.contains("DATABASE_URL")));

        config.store.url = "sqlite:/somewhere/else.db".into();
        assert!(hides_secrets(&site, &config).is_ok());

        config.server.secret_key_file = Some(folder.path().join("secret.key"));
        assert!(hides_secrets(&site, &config).is_err_and(|error| error.0.contains("TABKEY_SECRET_KEY_FILE")));
    }
    #[test]
    fn the_outbox_the_settings_and_the_working_folder_are_no_site() {
        let here = std::env::current_dir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let refused = |root: &Path| {
            let site =
                LeptosOptions::builder().output_name("tabkey").site_root(root.to_string_lossy().as_ref()).build();
            let mut config = Config::for_tests();
            config.store.url = "postgres://localhost/x".into();
            config.mail.outbox = folder.path().join("data/outbox");
            hides_secrets(&site, &config).err().map(|error| error.0)
        };

        for root in [Path::new("."), Path::new("/"), &here, here.parent().unwrap()] {
            assert!(refused(root).is_some(), "{}", root.display());
        }
        assert!(refused(folder.path()).unwrap().contains("mail.outbox"));
        let site = folder.path().join("site");
        fs::create_dir_all(site.join("pkg/deep")).unwrap();
        assert_eq!(refused(&site), None);

        fs::create_dir_all(folder.path().join("data/outbox")).unwrap();
        std::os::unix::fs::symlink("../../../data", site.join("pkg/deep/files")).unwrap();
        assert!(refused(&site).unwrap().contains("mail.outbox"), "a link leads there");
        let other = folder.path().join("other");
        std::os::unix::fs::symlink(&here, &other).unwrap();
        assert!(refused(&other).is_some(), "a link to the working folder");
    }

    #[test]
    fn a_program_without_its_site_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_string_lossy().into_owned();
        let site = LeptosOptions::builder().output_name("tabkey").site_root(root.as_str()).build();
        assert!(warning(&site).unwrap().contains("LEPTOS_SITE_ROOT"));
        fs::create_dir(folder.path().join("pkg")).unwrap();
        assert_eq!(warning(&site), None);
    }
}
