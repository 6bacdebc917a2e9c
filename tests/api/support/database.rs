//! The database of one server: a file of its own, or, where `TABKEY_TEST_POSTGRES` names a cluster, a database there.

use std::{collections::HashMap, fs, path::Path, process::Command};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Decode, Executor, PgConnection, Postgres, Sqlite, SqliteConnection,
    Type, sqlite::SqliteConnectOptions,
};

/// Kept in the server's folder, for the servers that follow it there.
const ADDRESS: &str = "database.url";

/// Whether this run is on PostgreSQL.
pub fn is_postgres() -> bool {
    std::env::var("TABKEY_TEST_POSTGRES").is_ok()
}

/// Makes an empty database on PostgreSQL; SQLite's file makes itself.
pub fn create(folder: &Path) {
    let Ok(cluster) = std::env::var("TABKEY_TEST_POSTGRES") else { return };
    let name = format!("t{}", uuid::Uuid::now_v7().simple());
    let address = format!("{}/{name}", cluster.rsplit_once('/').expect("a database in the address").0);
    // Tests start their servers outside of any await.
    let made = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&cluster).await.expect("the cluster answers");
            connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a database is made");
        });
    });
    made.join().expect("a database is made");
    keep_address(folder, &address);
}

/// Where the database is of the servers in this folder, where that is PostgreSQL.
pub fn address(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(ADDRESS)).ok()
}

pub fn keep_address(folder: &Path, address: &str) {
    fs::write(folder.join(ADDRESS), address).expect("the folder can be written");
}

/// Puts the server's database out of reach, every open connection included, or lets the server in again.
pub async fn let_in(app: &super::TestApp, allowed: bool) {
    let cluster = std::env::var("TABKEY_TEST_POSTGRES").expect("a cluster");
    let address = address(app.folder.path()).expect("an address");
    let (_, name) = address.rsplit_once('/').expect("a database in the address");
    let mut connection = PgConnection::connect(&cluster).await.expect("the cluster answers");
    let allow = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
    connection.execute(AssertSqlSafe(allow)).await.expect("it can be altered");
    if !allowed {
        let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        connection.execute(AssertSqlSafe(cut)).await.expect("its connections end");
    }
}

/// What a server in this folder needs to find its database.
pub fn variables(folder: &Path) -> HashMap<&'static str, String> {
    match address(folder) {
        Some(address) => HashMap::from([("DATABASE_URL", address), ("TABKEY_SECRET_KEY", "5a".repeat(32))]),
        None => HashMap::new(),
    }
}

/// Past the server, into its tables.
pub enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection, String),
}

impl Database {
    pub async fn open(folder: &Path) -> Self {
        match address(folder) {
            Some(address) => {
                let connection = PgConnection::connect(&address).await.expect("the database opens");
                Self::Postgres(connection, address)
            }
            None => {
                // As the server does it: what a statement of a test writes over is not to be found in the file either.
                let file = SqliteConnectOptions::new().filename(folder.join("data/tabkey.db"));
                let file = file.pragma("secure_delete", "ON");
                Self::Sqlite(file.connect().await.expect("the database opens"))
            }
        }
    }

    pub async fn run(&mut self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => connection.execute(sqlx::raw_sql(sql)).await.map(drop),
            Self::Postgres(connection, _) => connection.execute(sqlx::raw_sql(sql)).await.map(drop),
        }
        .expect("the statement succeeds");
    }

    /// The one value that a query answers.
    pub async fn one<T>(&mut self, sql: &'static str) -> T
    where
        T: Send + Unpin + Type<Sqlite> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + for<'r> Decode<'r, Postgres>,
    {
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
            Self::Postgres(connection, _) => sqlx::query_scalar(sql).fetch_one(connection).await,
        }
        .expect("one row")
    }

    /// How many rows a `SELECT count(*)` counts.
    pub async fn count(&mut self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
            Self::Postgres(connection, _) => sqlx::query_scalar(sql).fetch_one(connection).await,
        }
        .expect("one row")
    }

    /// Lets no server write until [`Database::unlock`].
    pub async fn lock(&mut self) {
        match self {
            Self::Sqlite(_) => self.run("BEGIN EXCLUSIVE").await,
            Self::Postgres(..) => self.run("BEGIN; LOCK TABLE sessions, keys").await,
        }
    }

    pub async fn unlock(&mut self) {
        self.run("ROLLBACK").await;
    }

    /// Keeps the sessions as they are now, for [`Database::restore`].
    pub async fn back_up(&mut self) {
        self.run("CREATE TABLE backup AS SELECT * FROM sessions").await;
    }

    /// Puts the sessions back as they were.
    pub async fn restore(&mut self) {
        self.run(
            "UPDATE sessions SET generation = backup.generation, confirmed = backup.confirmed, rotated_at = backup.rotated_at
             FROM backup WHERE sessions.id = backup.id",
        )
        .await;
    }

    /// Everything in it, as bytes in which a secret would be found.
    pub async fn dump(self, folder: &Path) -> Vec<u8> {
        match self {
            // The file, and the log beside it.
            Self::Sqlite(_) => {
                let files = fs::read_dir(folder.join("data")).expect("the folder").filter_map(Result::ok);
                files.flat_map(|file| fs::read(file.path()).unwrap_or_default()).collect()
            }
            Self::Postgres(_, address) => {
                let dump = Command::new("pg_dump").arg(address).output().expect("pg_dump runs");
                assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
                dump.stdout
            }
        }
    }
}
