//! Opening an SQLite file: one writer, a pool of readers, a write-ahead log. Runs in: the server.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    time::{Duration, Instant},
};

use sqlx::{
    Connection, Executor, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    DatabaseUrl, Feed, Look, OwnSchema, Queue, Readers, Writer,
    schema::{self, Session},
};

fn migrations() -> Migrator {
    schema::with_our_table(sqlx::migrate!("migrations/sqlite"))
}

/// How long a statement waits for another process that holds the file, a backup for example.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait before opening the file again.
const RETRY_AFTER: Duration = Duration::from_millis(20);
/// Links from the file's name to the file.
const MAX_LINKS: usize = 8;

/// Opens the database at `url` (`sqlite:PATH`), creating and migrating it. Errors: one sentence for the operator.
pub async fn open(url: &DatabaseUrl, readers: u32, own: Option<&OwnSchema>) -> Result<(Readers, Writer, Feed), String> {
    let options = parse(url)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // What is deleted is written over with zeros.
        .pragma("secure_delete", "ON")
        .busy_timeout(BUSY_TIMEOUT);
    create_private(options.get_filename())?;
    let mut connection = connect(&options).await.map_err(|error| unreachable(url, &error))?;
    migrate(&mut connection, url, own).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(readers)
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(options.clone().read_only(true))
        .await
        .map_err(|error| unreachable(url, &error))?;
    let writer = Writer::Sqlite(Queue::start(connection, options));
    Ok((Readers::Sqlite(readers), writer, Feed::in_process()))
}

/// What opening it would meet and do. Nothing is made, not even the files beside one that nobody has open. Errors: as there.
pub async fn look(url: &DatabaseUrl, own: Option<&OwnSchema>) -> Result<Look, String> {
    let options = parse(url)?.read_only(true).busy_timeout(BUSY_TIMEOUT);
    let file = options.get_filename().to_owned();
    let migrator = migrations();
    if !file.exists() {
        let mut due: Vec<_> = migrator.iter().map(schema::called).collect();
        if let Some(own) = own {
            due.extend(own.plan_anew()?);
        }
        return Ok(Look { is_new: true, due, newer: None, keys: Vec::new() });
    }
    let mut log = file.into_os_string();
    log.push("-wal");
    let options = options.immutable(!Path::new(&log).exists());
    let mut connection = connect(&options).await.map_err(|error| unreachable(url, &error))?;
    let mut session = Session::Sqlite(&mut connection);
    let plan = schema::plan(&mut session, &migrator).await.map_err(|error| unreachable(url, &error))?;
    let plan = plan.map_err(|refusal| refusal.say(&url.to_string()))?;
    let mut due = plan.due;
    if let Some(own) = own {
        due.extend(own.plan(&mut session).await.map_err(|error| unreachable(url, &error))??);
    }
    let keys = schema::keys(&mut session).await.map_err(|error| unreachable(url, &error))?;
    let _ = connection.close().await;
    Ok(Look { is_new: plan.is_new, due, newer: plan.newer, keys })
}

fn unreachable(url: &DatabaseUrl, error: &sqlx::Error) -> String {
    format!(
        "DATABASE_URL {url} cannot be opened ({error}): check that it is a file of SQLite, and that it and its folder can be read and written"
    )
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
async fn migrate(connection: &mut SqliteConnection, url: &DatabaseUrl, own: Option<&OwnSchema>) -> Result<(), String> {
    let failed = |error: MigrateError| format!("DATABASE_URL {url} could not be migrated: {error}");
    let migrator = migrations();
    // A table is rebuilt by dropping it, which would delete what refers to it; only outside of a transaction is this heard.
    if own.is_some() {
        connection.execute("PRAGMA foreign_keys = OFF").await.map_err(|error| failed(error.into()))?;
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(|error| failed(error.into()))?;
    let mut session = Session::Sqlite(&mut transaction);
    let plan = schema::plan(&mut session, &migrator).await.map_err(|error| failed(error.into()))?;
    let plan = plan.map_err(|refusal| refusal.say(&url.to_string()))?;
    schema::carry_out(&mut session, &plan, &migrator).await.map_err(failed)?;
    if let Some(own) = own
        && own.carry_out(&mut session).await?
    {
        let dangling: Option<String> = sqlx::query_scalar("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1")
            .fetch_optional(&mut *transaction)
            .await
            .map_err(|error| failed(error.into()))?;
        if let Some(table) = dangling {
            return Err(own.dangles(&table));
        }
    }
    transaction.commit().await.map_err(|error| failed(error.into()))?;
    connection.execute("PRAGMA foreign_keys = ON").await.map(drop).map_err(|error| failed(error.into()))
}

/// Folds the log into the file and cuts it, so that what was deleted is in neither. Waits for others as a statement does.
pub async fn fold_log(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let options = pool.connect_options().as_ref().clone().read_only(false);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    connection.close().await
}

/// The file that `url` names. Errors: one sentence for the operator.
pub fn file(url: &DatabaseUrl) -> Result<PathBuf, String> {
    Ok(parse(url)?.get_filename().to_owned())
}

fn parse(url: &DatabaseUrl) -> Result<SqliteConnectOptions, String> {
    let unknown = || {
        format!(
            "DATABASE_URL ({url}) is not a database this server knows: use sqlite:PATH, for example sqlite:data/tabkey.db, or postgres://user:password@host/database"
        )
    };
    let text = url.expose();
    if !text.starts_with("sqlite:") {
        return Err(unknown());
    }
    if text.contains(":memory:") || text.contains("mode=memory") || text.trim_end_matches('/') == "sqlite:" {
        return Err("DATABASE_URL names no file, and sessions must outlive the process: use sqlite:PATH, for example sqlite:data/tabkey.db".into());
    }
    // Nothing but [`create_private`] makes the file.
    SqliteConnectOptions::from_str(text).map(|options| options.create_if_missing(false)).map_err(|_| unknown())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{Additions, Durability, Store};

    fn url(folder: &tempfile::TempDir) -> DatabaseUrl {
        format!("sqlite:{}/data/tabkey.db", folder.path().display()).into()
    }

    async fn opened(folder: &tempfile::TempDir) -> Store {
        Store::open(&url(folder), None, 2, &Additions::default()).await.unwrap()
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_can_read_the_file_its_log_or_its_folder() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();

        let store = opened(&folder).await;

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
        let store = opened(&folder).await;
        let mut own = SqliteConnection::connect(url(&folder).expose()).await.unwrap();
        sqlx::raw_sql("CREATE TABLE mark (n INTEGER PRIMARY KEY)").execute(&mut own).await.unwrap();
        mark(&store).await.unwrap();

        let second = opened(&folder).await;
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

        opened(&folder).await.close().await;

        assert_eq!(folder.path().join("disk.db").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn closing_leaves_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();

        opened(&folder).await.close().await;

        assert!(folder.path().join("data/tabkey.db").exists());
        assert!(!folder.path().join("data/tabkey.db-wal").exists());
    }

    #[tokio::test]
    async fn what_is_no_sqlite_file_is_refused_without_its_password() {
        for bad in ["mysql://ann:hunter2@db/tabkey", "sqlite::memory:", "sqlite:", "nonsense", ""] {
            let refused = Store::open(&bad.into(), None, 1, &Additions::default()).await.unwrap_err();
            assert!(refused.starts_with("DATABASE_URL") && !refused.contains("hunter2"), "{refused}");
        }
    }
}
