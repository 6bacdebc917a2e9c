//! Opening an SQLite file: one writer, a pool of readers, a write-ahead log. Runs in: the server.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    time::{Duration, Instant},
};

use sqlx::{
    Connection, SqliteConnection, SqlitePool,
    migrate::MigrateError,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Feed, Queue, Readers, Store, Writer};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a statement waits for another process that holds the file, a backup for example.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait before opening the file again.
const RETRY_AFTER: Duration = Duration::from_millis(20);
/// Links from the file's name to the file.
const MAX_LINKS: usize = 8;

/// Opens the database at `url` (`sqlite:PATH`), creating and migrating it. Errors: one sentence for the operator.
pub async fn open(url: &str, readers: u32) -> Result<Store, String> {
    let options = parse(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // What is deleted is written over with zeros.
        .pragma("secure_delete", "ON")
        .busy_timeout(BUSY_TIMEOUT);
    create_private(options.get_filename())?;
    let unreachable = |error: sqlx::Error| {
        format!("DATABASE_URL {url:?} cannot be opened ({error}): check that the folder exists and can be written")
    };
    let mut connection = connect(&options).await.map_err(unreachable)?;
    migrate(&mut connection).await.map_err(|error| migration_failed(url, error))?;
    let existing = options.create_if_missing(false);
    let readers = SqlitePoolOptions::new()
        .max_connections(readers)
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(existing.clone().read_only(true))
        .await
        .map_err(unreachable)?;
    let writer = Writer::Sqlite(Queue::start(connection, existing));
    Ok(Store { readers: Readers::Sqlite(readers), writer, feed: Feed::in_process() })
}

/// Another process that just makes or closes the file holds it for a moment, for which SQLite itself does not wait.
async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match SqliteConnection::connect_with(options).await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => tokio::time::sleep(RETRY_AFTER).await,
            connected => return connected,
        }
    }
}

/// SQLITE_BUSY, the low byte of each code of its kind.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

/// All or nothing, and one process at a time: another that starts now waits, and finds it done.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    MIGRATIONS.run(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

/// Folds the log into the file and cuts it, so that what was deleted is in neither. Waits for others as a statement does.
pub async fn fold_log(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let options = pool.connect_options().as_ref().clone().read_only(false);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    connection.close().await
}

/// The file that `url` names. Errors: one sentence for the operator.
pub fn file(url: &str) -> Result<PathBuf, String> {
    Ok(parse(url)?.get_filename().to_owned())
}

fn parse(url: &str) -> Result<SqliteConnectOptions, String> {
    // No more of the address than its scheme is shown: others may hold a password.
    let scheme = url.split(':').next().unwrap_or_default();
    let unknown = || {
        format!(
            "DATABASE_URL ({scheme}:…) is not a database this server knows: use sqlite:PATH, for example sqlite:data/tabkey.db, or postgres://user:password@host/database"
        )
    };
    if scheme != "sqlite" {
        return Err(unknown());
    }
    if url.contains(":memory:") || url.contains("mode=memory") || url.trim_end_matches('/') == "sqlite:" {
        return Err("DATABASE_URL names no file, and sessions must outlive the process: use sqlite:PATH, for example sqlite:data/tabkey.db".into());
    }
    SqliteConnectOptions::from_str(url).map_err(|_| unknown())
}

/// Makes the folder and an empty file that only this user can read: it will hold password hashes. The log beside it takes
/// over the file's mode. A file that is there is not opened: closing it again would drop every lock that this process has
/// on it (POSIX), another process could then fold the log under us, and what we commit after that would be lost.
fn create_private(file: &Path) -> Result<(), String> {
    let unwritable = |error: io::Error| {
        format!(
            "DATABASE_URL: {} cannot be written ({error}); make its folder writable, or name another file",
            file.display()
        )
    };
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(unwritable)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // A link to a file that is not there yet, on another disk for example, is followed: `create_new` itself does not.
    let mut file = file.to_owned();
    for _ in 0..MAX_LINKS {
        match options.open(&file) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !file.exists() => {
                let target = fs::read_link(&file).map_err(unwritable)?;
                file = file.parent().unwrap_or(Path::new("")).join(target);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            made => return made.map(drop).map_err(unwritable),
        }
    }
    Err(unwritable(io::Error::other("too many links")))
}

fn migration_failed(url: &str, error: MigrateError) -> String {
    match error {
        MigrateError::VersionMissing(version) => format!(
            "DATABASE_URL {url:?} was written by a newer version of Tabkey (schema {version}): start that version, or restore a backup"
        ),
        error => format!("DATABASE_URL {url:?} could not be migrated: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::Durability;

    fn url(folder: &tempfile::TempDir) -> String {
        format!("sqlite:{}/data/tabkey.db", folder.path().display())
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_can_read_the_file_its_log_or_its_folder() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();

        let store = Store::open(&url(&folder), 1).await.unwrap();

        let mode = |path: &str| folder.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("data"), mode("data/tabkey.db"), mode("data/tabkey.db-wal")), (0o700, 0o600, 0o600));
        store.close().await;
    }

    /// Another process that comes and goes, as a backup or an operator's shell does; what it reads.
    #[cfg(unix)]
    fn seen_by_another_process(file: &Path) -> String {
        let script = "import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute('PRAGMA wal_checkpoint(PASSIVE)')
print(c.execute('SELECT count(*) FROM mark').fetchone()[0])
c.close()";
        let output = std::process::Command::new("/usr/bin/python3").args(["-c", script]).arg(file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn opening_the_store_drops_no_lock_of_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data/tabkey.db");
        let mark = |store: &Store| {
            let writer = store.writer.clone();
            async move {
                let sql = "INSERT INTO mark DEFAULT VALUES";
                writer.write_one(Durability::Full, move |c| Box::pin(async move { Ok(c.run(sql).await?) })).await
            }
        };
        let store = Store::open(&url(&folder), 1).await.unwrap();
        let mut own = SqliteConnection::connect(&url(&folder)).await.unwrap();
        sqlx::raw_sql("CREATE TABLE mark (n INTEGER PRIMARY KEY)").execute(&mut own).await.unwrap();
        mark(&store).await.unwrap();

        let second = Store::open(&url(&folder), 1).await.unwrap();
        assert_eq!(seen_by_another_process(&file), "1");
        mark(&store).await.unwrap();
        second.close().await;
        assert_eq!(seen_by_another_process(&file), "2");
        mark(&store).await.unwrap();

        assert_eq!(seen_by_another_process(&file), "3");
        own.close().await.unwrap();
        store.close().await;
        assert_eq!(seen_by_another_process(&file), "3", "what was committed is there once everybody has closed");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_to_a_file_that_is_not_there_yet_is_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        symlink("../disk.db", folder.path().join("data/tabkey.db")).unwrap();

        Store::open(&url(&folder), 1).await.unwrap().close().await;

        assert_eq!(folder.path().join("disk.db").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn closing_leaves_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();

        Store::open(&url(&folder), 2).await.unwrap().close().await;

        assert!(folder.path().join("data/tabkey.db").exists());
        assert!(!folder.path().join("data/tabkey.db-wal").exists());
    }

    #[tokio::test]
    async fn a_newer_schema_is_refused_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        Store::open(&url(&folder), 1).await.unwrap().close().await;
        let mut connection = SqliteConnection::connect(&url(&folder)).await.unwrap();
        sqlx::raw_sql("INSERT INTO _sqlx_migrations VALUES (9999, 'later', CURRENT_TIMESTAMP, TRUE, x'00', 0)")
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();

        let refused = Store::open(&url(&folder), 1).await.unwrap_err();

        assert!(refused.contains("newer version of Tabkey (schema 9999)"), "{refused}");
    }

    #[tokio::test]
    async fn what_is_no_sqlite_file_is_refused_without_its_password() {
        for bad in ["mysql://ann:hunter2@db/tabkey", "sqlite::memory:", "sqlite:", "nonsense", ""] {
            let refused = Store::open(bad, 1).await.unwrap_err();
            assert!(refused.starts_with("DATABASE_URL") && !refused.contains("hunter2"), "{refused}");
        }
    }
}
