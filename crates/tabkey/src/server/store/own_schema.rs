//! The migrations of an application: after ours, in the same transaction, noted in a table of their own. Runs in: the server.

use sqlx::migrate::{MigrateError, Migration, Migrator};

use super::schema::{Done, Session, called};

/// The migrations of an application's own tables, each made with `sqlx::migrate!`.
#[derive(Clone, Debug, Default)]
pub struct Migrations {
    sqlite: Vec<Migration>,
    postgres: Vec<Migration>,
    older_may_start: bool,
}

impl Migrations {
    /// Where the databases need words of their own.
    pub fn of(sqlite: &Migrator, postgres: &Migrator) -> Self {
        Self { sqlite: upward(sqlite), postgres: upward(postgres), older_may_start: false }
    }

    /// For an application whose every migration leaves tables that the version before can work with: a node of that version
    /// starts again while others run the newer one, and after a way back.
    pub fn older_may_start(self) -> Self {
        Self { older_may_start: true, ..self }
    }
}

/// The same words for both databases.
impl From<Migrator> for Migrations {
    fn from(both: Migrator) -> Self {
        Self::of(&both, &both)
    }
}

fn upward(migrator: &Migrator) -> Vec<Migration> {
    migrator.iter().filter(|migration| !migration.migration_type.is_down_migration()).cloned().collect()
}

/// An application's, for one database.
pub struct OwnSchema {
    name: &'static str,
    table: String,
    migrator: Migrator,
    older_may_start: bool,
}

impl OwnSchema {
    pub fn new(name: &'static str, migrations: &Migrations, is_postgres: bool) -> Self {
        let older_may_start = migrations.older_may_start;
        let migrations = if is_postgres { &migrations.postgres } else { &migrations.sqlite };
        let table = format!("_{}_migrations", name.replace('-', "_"));
        let mut migrator = Migrator::with_migrations(migrations.clone());
        migrator.dangerous_set_table_name(table.clone());
        migrator.set_ignore_missing(older_may_start);
        Self { name, table, migrator, older_may_start }
    }

    /// What is due, as it is called. Errors: a sentence for the operator on why nothing can be done.
    pub async fn plan(&self, session: &mut Session<'_>) -> Result<Result<Vec<String>, String>, sqlx::Error> {
        Ok(self.after(&session.done(&self.table).await?))
    }

    /// The same where no database is there yet.
    pub fn plan_anew(&self) -> Result<Vec<String>, String> {
        self.after(&[])
    }

    fn after(&self, done: &[Done]) -> Result<Vec<String>, String> {
        let name = self.name;
        if let Some(alone) = self.migrator.iter().find(|migration| migration.no_tx) {
            return Err(format!(
                "migration {} of {name} says no-transaction, and all of them run in one: do by hand what cannot",
                called(alone)
            ));
        }
        let newest = self.migrator.iter().map(|ours| ours.version).max().unwrap_or_default();
        for Done { version, checksum, .. } in done {
            match self.migrator.iter().find(|ours| ours.version == *version) {
                None if *version > newest && self.older_may_start => {}
                None if *version > newest => {
                    return Err(format!(
                        "the database was migrated by a newer version of {name} (to {version}): start that one"
                    ));
                }
                None => {
                    return Err(format!(
                        "migration {version} of {name} was carried out and is there no more: put it back"
                    ));
                }
                Some(ours) if *ours.checksum != **checksum => {
                    return Err(format!(
                        "migration {} of {name} is not what it was when it was carried out: put its words back, and make a new one of the change",
                        called(ours)
                    ));
                }
                Some(_) => {}
            }
        }
        let is_done = |ours: &&Migration| done.iter().any(|done| done.version == ours.version);
        let due = self.migrator.iter().filter(|ours| !is_done(ours));
        Ok(due.map(|ours| format!("{name} {}", called(ours))).collect())
    }

    /// Does what is due, in its caller's transaction, and answers whether anything was. Errors: a sentence for the operator.
    pub async fn carry_out(&self, session: &mut Session<'_>) -> Result<bool, String> {
        let name = self.name;
        let due = self
            .plan(session)
            .await
            .map_err(|error| format!("the migrations of {name} cannot be read ({error})"))??;
        if due.is_empty() {
            return Ok(false);
        }
        session.run_direct(&self.migrator).await.map(|()| true).map_err(|error| match error {
            MigrateError::ExecuteMigration(why, version) => {
                format!("migration {version} of {name} failed ({why}): nothing was done, of its own or of ours")
            }
            error => format!("the migrations of {name} failed ({error}): nothing was done, of its own or of ours"),
        })
    }

    /// Says that rows refer to what is not there any more.
    pub fn dangles(&self, table: &str) -> String {
        format!("after the migrations of {}, rows of {table} refer to what is not there: nothing was done", self.name)
    }
}
