//! What a database was migrated to, whether this version can work with it, and what is still to be done. Runs in: the
//! server.

use std::collections::HashSet;

use sqlx::{
    AssertSqlSafe, Executor, PgConnection, SqliteConnection,
    migrate::{Migrate, MigrateError, Migration, Migrator},
};

use super::KeyRow;

/// Ours alone: the driver's own name for it is every application's.
pub const TABLE: &str = "_tabkey_migrations";
/// Where versions before had it.
const BEFORE: &str = "_sqlx_migrations";
/// Which nodes can work with the schema (migrations/*/0012).
const COMPATIBILITY: &str = "schema_compatibility";

/// A connection that may look, and while it migrates, change.
pub enum Session<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

macro_rules! on {
    ($session:expr, $name:ident => $body:expr) => {
        match $session {
            Session::Sqlite($name) => $body,
            Session::Postgres($name) => $body,
        }
    };
}

/// A migration that was done.
#[derive(sqlx::FromRow)]
pub struct Done {
    pub version: i64,
    description: String,
    pub checksum: Vec<u8>,
    success: bool,
}

/// What is to be done.
pub struct Plan {
    /// Versions that stand in the table of before.
    moved: Vec<i64>,
    /// Migrations that are due, as they are called.
    pub due: Vec<String>,
    /// A newer version was here, and says that this one can work with what it left.
    pub newer: Option<i64>,
    /// Nothing of ours is there.
    pub is_new: bool,
}

/// Why this version does not touch the database.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Tables that are ours to make, and somebody else's already.
    Taken(Vec<String>),
    /// A newer version left what only versions that know `needs` can work with; this one knows `newest`.
    TooOld { needs: i64, newest: i64 },
    /// This migration has another text here.
    Altered(i64),
}

impl Refusal {
    /// One sentence for the operator.
    pub fn say(&self, place: &str) -> String {
        match self {
            Self::Taken(tables) => format!(
                "DATABASE_URL {place} has tables of another application where ours belong ({}): give Tabkey a database of its own, or on PostgreSQL a schema of its own (CREATE SCHEMA tabkey; then ?options[search_path]=tabkey at the end of the address)",
                tables.join(", ")
            ),
            Self::TooOld { needs, newest } => format!(
                "DATABASE_URL {place} was migrated by a newer version of Tabkey, for versions that know schema {needs}, and this one knows {newest}: start the newer version"
            ),
            Self::Altered(version) => format!(
                "DATABASE_URL {place} was migrated by another build of Tabkey, whose migration {version} is not this one's: start that build"
            ),
        }
    }
}

/// With our table's name, and without the driver's own judgement about what is newer: that is [`plan`]'s.
pub fn with_our_table(mut migrator: Migrator) -> Migrator {
    migrator.dangerous_set_table_name(TABLE);
    migrator.set_ignore_missing(true);
    migrator
}

/// Looks, and changes nothing.
pub async fn plan(session: &mut Session<'_>, migrator: &Migrator) -> Result<Result<Plan, Refusal>, sqlx::Error> {
    let tables = session.tables().await?;
    let has = |name: &str| tables.contains(name);
    let mut done = session.done(TABLE).await?;
    let mut moved = Vec::new();
    if done.is_empty() {
        done = session.done(BEFORE).await?;
        done.retain(|done| migrator.iter().any(|ours| ours.description == done.description && is(ours, done)));
        moved = done.iter().map(|done| done.version).collect();
    }
    let known = |version: i64| migrator.iter().find(|ours| ours.version == version);
    let altered = done.iter().find(|done| known(done.version).is_some_and(|ours| !is(ours, done)));
    if let Some(done) = altered {
        return Ok(Err(Refusal::Altered(done.version)));
    }
    let newest = migrator.iter().map(|ours| ours.version).max().unwrap_or_default();
    let newer = done.iter().map(|done| done.version).filter(|version| known(*version).is_none()).max();
    if let Some(newer) = newer {
        let needs = if has(COMPATIBILITY) { session.min_version().await?.unwrap_or(newer) } else { newer };
        if needs > newest {
            return Ok(Err(Refusal::TooOld { needs, newest }));
        }
    }
    let due: Vec<&Migration> =
        migrator.iter().filter(|ours| done.iter().all(|done| done.version != ours.version)).collect();
    let taken: Vec<String> = due.iter().flat_map(|due| makes(due.sql.as_str())).filter(|name| has(name)).collect();
    if !taken.is_empty() {
        return Ok(Err(Refusal::Taken(taken)));
    }
    let due: Vec<String> = due.into_iter().map(called).collect();
    Ok(Ok(Plan { moved, due, newer, is_new: done.is_empty() }))
}

/// As it is called in sentences.
pub fn called(migration: &Migration) -> String {
    format!("{:04} {}", migration.version, migration.description)
}

/// Does what [`plan`] found, in its caller's transaction; no other process is let in meanwhile.
pub async fn carry_out(session: &mut Session<'_>, plan: &Plan, migrator: &Migrator) -> Result<(), MigrateError> {
    if !plan.moved.is_empty() {
        session.take_over(&plan.moved).await?;
    }
    if plan.due.is_empty() {
        return Ok(());
    }
    session.run_direct(migrator).await
}

/// The keys, where their table is there.
pub async fn keys(session: &mut Session<'_>) -> Result<Vec<KeyRow>, sqlx::Error> {
    if !session.tables().await?.contains("keys") {
        return Ok(Vec::new());
    }
    on!(session, connection => sqlx::query_as(super::keys::LIST).fetch_all(&mut **connection).await)
}

fn is(ours: &Migration, done: &Done) -> bool {
    ours.version == done.version && *ours.checksum == *done.checksum && done.success
}

/// The tables that a migration makes anew.
fn makes(sql: &str) -> Vec<String> {
    let name =
        |rest: &str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned();
    let after =
        |words: &'static str| sql.lines().filter_map(move |line| line.trim_start().strip_prefix(words)).map(name);
    let dropped: HashSet<String> = after("DROP TABLE ").collect();
    after("CREATE TABLE ").filter(|made| !dropped.contains(made)).collect()
}

impl Session<'_> {
    /// Names that are taken where a new table would be made.
    async fn tables(&mut self) -> Result<HashSet<String>, sqlx::Error> {
        let names: Vec<String> = match self {
            Self::Sqlite(connection) => {
                let sql = "SELECT lower(name) FROM sqlite_schema WHERE type IN ('table', 'view')";
                sqlx::query_scalar(sql).fetch_all(&mut **connection).await?
            }
            Self::Postgres(connection) => {
                let sql = "SELECT relname::text FROM pg_class WHERE relkind NOT IN ('i', 'I', 't')
                           AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())";
                sqlx::query_scalar(sql).fetch_all(&mut **connection).await?
            }
        };
        Ok(names.into_iter().collect())
    }

    /// By a table of migrations; nothing where there is none.
    pub async fn done(&mut self, table: &str) -> Result<Vec<Done>, sqlx::Error> {
        if !self.tables().await?.contains(table) {
            return Ok(Vec::new());
        }
        let sql =
            AssertSqlSafe(format!("SELECT version, description, checksum, success FROM {table} ORDER BY version"));
        on!(self, connection => sqlx::query_as(sql).fetch_all(&mut **connection).await)
    }

    pub async fn run_direct(&mut self, migrator: &Migrator) -> Result<(), MigrateError> {
        on!(self, connection => migrator.run_direct(None, &mut **connection, false).await)
    }

    async fn min_version(&mut self) -> Result<Option<i64>, sqlx::Error> {
        let sql = "SELECT min_version FROM schema_compatibility";
        on!(self, connection => sqlx::query_scalar(sql).fetch_optional(&mut **connection).await)
    }

    /// Moves these rows of the table of before into ours, and removes it where nobody else's are in it.
    async fn take_over(&mut self, versions: &[i64]) -> Result<(), MigrateError> {
        on!(self, connection => connection.ensure_migrations_table(TABLE).await)?;
        for version in versions {
            let copy =
                "INSERT INTO _tabkey_migrations (version, description, installed_on, success, checksum, execution_time)
                        SELECT version, description, installed_on, success, checksum, execution_time
                        FROM _sqlx_migrations WHERE version = $1";
            on!(self, connection => sqlx::query(copy).bind(version).execute(&mut **connection).await.map(drop))?;
            let remove = "DELETE FROM _sqlx_migrations WHERE version = $1";
            on!(self, connection => sqlx::query(remove).bind(version).execute(&mut **connection).await.map(drop))?;
        }
        if self.done(BEFORE).await?.is_empty() {
            self.run("DROP TABLE _sqlx_migrations").await?;
        }
        Ok(())
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        on!(self, connection => connection.execute(sql).await.map(drop))
    }
}
