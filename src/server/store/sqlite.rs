//! Opening an SQLite file: one writer, a pool of readers, a write-ahead log. Runs in: the server.

use std::{fs, path::Path, str::FromStr, time::Duration};

use sqlx::{
    Connection, SqliteConnection,
    migrate::MigrateError,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Store, Writer};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a statement waits for another process that holds the file, a backup for example.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Store {
    /// Opens the database at `url` (`sqlite:PATH`), creating and migrating it. Errors: one sentence for the operator.
    pub async fn open(url: &str, readers: u32) -> Result<Self, String> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|_| format!("DATABASE_URL {url:?} is not a database this server knows: use sqlite:PATH, for example sqlite:data/tabkey.db"))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        create_private(options.get_filename())?;
        let unreachable = |error: sqlx::Error| {
            format!("DATABASE_URL {url:?} cannot be opened ({error}): check that the folder exists and can be written")
        };
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(unreachable)?;
        MIGRATIONS.run(&mut connection).await.map_err(|error| migration_failed(url, error))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(readers)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(unreachable)?;
        Ok(Self { readers, writer: Writer::start(connection) })
    }
}

/// Makes the folder and an empty file that only this user can read: it will hold password hashes.
fn create_private(file: &Path) -> Result<(), String> {
    let unwritable = |error: std::io::Error| {
        format!(
            "DATABASE_URL: {} cannot be written ({error}); make its folder writable, or name another file",
            file.display()
        )
    };
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map_err(unwritable)?;
    Ok(())
}

fn migration_failed(url: &str, error: MigrateError) -> String {
    match error {
        MigrateError::VersionMissing(version) => format!(
            "DATABASE_URL {url:?} was written by a newer version of Tabkey (schema {version}): start that version, or restore a backup"
        ),
        error => format!("DATABASE_URL {url:?} could not be migrated: {error}"),
    }
}
