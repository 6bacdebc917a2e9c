//! Opening PostgreSQL, 15 or later: two pools, time-outs, migrations that two nodes may begin at once. Runs in: the server.

use std::str::FromStr;

use sqlx::{
    Connection, Executor, PgConnection,
    migrate::{Migrate, MigrateError, Migrator},
    postgres::PgConnectOptions,
};
use tokio::time::timeout;

use super::{
    DatabaseUrl, Feed, Look, OwnSchema, Pooled, Readers, Writer,
    feed::Line,
    outdated::Outdated,
    pool::{ACQUIRE, Pool},
    schema::{self, Plan, Session},
};

fn migrations() -> Migrator {
    schema::with_our_table(sqlx::migrate!("migrations/postgres"))
}

/// The oldest version that is tested, as `server_version_num` says it.
const OLDEST: i32 = 150_000;
/// What holds for every connection of ours.
const SETTINGS: [(&str, &str); 4] = [
    ("statement_timeout", "8s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "15s"),
    ("tcp_keepalives_idle", "30"),
];
/// The same for one transaction behind a pooler, whose own connections the last one keeps alive.
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = '8s'; SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '15s'";
const BEGIN_RELAXED: &str = "BEGIN; SET LOCAL statement_timeout = '8s'; SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '15s'; SET LOCAL synchronous_commit = off";

/// An address, and how it is called in sentences.
struct Place {
    name: &'static str,
    shown: String,
    options: PgConnectOptions,
}

/// Opens the database at `url`, migrating it through `listen_url` where there is one: then a pooler may lie between. Errors:
/// one sentence for the operator, without a password.
pub async fn open(
    url: &DatabaseUrl,
    listen_url: Option<&DatabaseUrl>,
    connections: u32,
    own: Option<&OwnSchema>,
) -> Result<(Readers, Writer, Feed), String> {
    let main = Place::parse("DATABASE_URL", url)?;
    let past = listen_url.map(|url| Place::parse("DATABASE_LISTEN_URL", url)).transpose()?;
    let direct = past.as_ref().unwrap_or(&main);
    let mut connection = direct.connect_and_check().await?;
    migrate(&mut connection, direct, own).await?;
    let outdated = Outdated::default();
    let line = Line { options: direct.session(), outdated: outdated.clone() };
    let pool = |options, begin| Pool::new(options, connections, begin, outdated.clone());
    let pooled = match &past {
        None => Pooled {
            relaxed: pool(main.session().options([("synchronous_commit", "off")]), None),
            full: pool(main.session(), None),
        },
        Some(past) => {
            let pooled =
                Pooled { relaxed: pool(main.pooled(), Some(BEGIN_RELAXED)), full: pool(main.pooled(), Some(BEGIN)) };
            meet(&mut connection, &pooled.full, &main, past).await?;
            pooled
        }
    };
    let _ = connection.close().await;
    let readers = Readers::Postgres(pooled.relaxed.clone());
    Ok((readers, Writer::Postgres(pooled), Feed::Postgres(Box::new(line))))
}

/// What opening it would meet and do. Errors: as there.
pub async fn look(
    url: &DatabaseUrl,
    listen_url: Option<&DatabaseUrl>,
    own: Option<&OwnSchema>,
) -> Result<Look, String> {
    let main = Place::parse("DATABASE_URL", url)?;
    let past = listen_url.map(|url| Place::parse("DATABASE_LISTEN_URL", url)).transpose()?;
    let direct = past.as_ref().unwrap_or(&main);
    let mut connection = direct.connect_and_check().await?;
    let failed = |error: sqlx::Error| direct.unreadable(&error);
    connection.execute("BEGIN READ ONLY").await.map_err(failed)?;
    let mut session = Session::Postgres(&mut connection);
    let plan = schema::plan(&mut session, &migrations()).await.map_err(failed)?;
    let plan = plan.map_err(|refusal| refusal.say(&direct.shown))?;
    let mut due = plan.due;
    if let Some(own) = own {
        due.extend(own.plan(&mut session).await.map_err(failed)??);
    }
    let keys = schema::keys(&mut session).await.map_err(failed)?;
    connection.execute("ROLLBACK").await.map_err(failed)?;
    if let Some(past) = &past {
        let pool = Pool::new(main.pooled(), 1, Some(BEGIN), Outdated::default());
        let met = meet(&mut connection, &pool, &main, past).await;
        pool.close().await;
        met?;
    }
    let _ = connection.close().await;
    Ok(Look { is_new: plan.is_new, due, newer: plan.newer, keys })
}

impl Place {
    fn parse(name: &'static str, url: &DatabaseUrl) -> Result<Self, String> {
        let malformed = |why: &str| {
            format!("{name} is not an address of PostgreSQL ({why}): write postgres://user:password@host:5432/database")
        };
        if !url.is_postgres() {
            return Err(malformed("it begins with another word"));
        }
        url.check().map_err(malformed)?;
        let options = PgConnectOptions::from_str(url.expose()).map_err(|_| malformed("it cannot be read"))?;
        Ok(Self { name, shown: url.to_string(), options: options.application_name("tabkey") })
    }

    /// With the settings of a session.
    fn session(&self) -> PgConnectOptions {
        self.options.clone().options(SETTINGS)
    }

    /// With nothing that a pooler in transaction mode refuses: settings come with each transaction.
    fn pooled(&self) -> PgConnectOptions {
        self.options.clone().extra_float_digits(None)
    }

    async fn connect_and_check(&self) -> Result<PgConnection, String> {
        let (name, shown) = (self.name, &self.shown);
        let connecting = timeout(ACQUIRE, PgConnection::connect_with(&self.session())).await;
        let connected = connecting
            .map_err(|_| format!("{name} {shown} does not answer: check that PostgreSQL runs there"))?
            .map_err(|error| self.unreachable(&error));
        let mut connection = connected?;
        let sql = "SELECT current_setting('server_version_num')::int, current_setting('statement_timeout')";
        let said: Result<(i32, String), _> = sqlx::query_as(sql).fetch_one(&mut connection).await;
        match said {
            Ok((version, _)) if version < OLDEST => {
                Err(format!("{name} {shown} is PostgreSQL {}: Tabkey needs 15 or later", version / 10_000))
            }
            Ok((_, statement_timeout)) if statement_timeout != SETTINGS[0].1 => Err(self.is_pooler()),
            Ok(_) => Ok(connection),
            Err(error) => Err(format!("{name} {shown} does not say its version ({error})")),
        }
    }

    fn unreachable(&self, error: &sqlx::Error) -> String {
        if error.to_string().contains("unsupported startup parameter") {
            return self.is_pooler();
        }
        let (name, shown) = (self.name, &self.shown);
        format!("{name} {shown} cannot be reached ({error}): check that PostgreSQL runs there and lets this user in")
    }

    fn unreadable(&self, error: &sqlx::Error) -> String {
        format!("{} {} cannot be read ({error})", self.name, self.shown)
    }

    fn is_pooler(&self) -> String {
        format!(
            "{} {} is a pooler that takes no settings of a session: name PostgreSQL itself in DATABASE_LISTEN_URL, and the pooler in DATABASE_URL",
            self.name, self.shown
        )
    }
}

/// A lock of the session lets no other node in meanwhile: one that starts now waits, and finds it done.
async fn migrate(connection: &mut PgConnection, place: &Place, own: Option<&OwnSchema>) -> Result<(), String> {
    let failed = |error: MigrateError| match &error {
        MigrateError::Execute(sqlx::Error::Database(of))
        | MigrateError::ExecuteMigration(sqlx::Error::Database(of), _)
            if of.code().as_deref() == Some("55P03") =>
        {
            format!(
                "{} {} could not be migrated, for somebody holds a table, a backup perhaps: start again later",
                place.name, place.shown
            )
        }
        _ => format!("{} {} could not be migrated: {error}", place.name, place.shown),
    };
    let migrator = migrations();
    // Nobody is ended for a migration that takes longer than any request; nor does one that waits for a table, a backup
    // having it, stop every statement of the nodes that run meanwhile behind itself.
    connection
        .execute("SET statement_timeout = 0; SET lock_timeout = 0")
        .await
        .map_err(|error| failed(error.into()))?;
    connection.lock().await.map_err(failed)?;
    let plan = plan(connection, place, &migrator).await?;
    connection.execute("SET lock_timeout = '5s'").await.map_err(|error| failed(error.into()))?;
    let mut transaction = connection.begin().await.map_err(|error| failed(error.into()))?;
    let mut session = Session::Postgres(&mut transaction);
    schema::carry_out(&mut session, &plan, &migrator).await.map_err(failed)?;
    if let Some(own) = own {
        own.carry_out(&mut session).await?;
    }
    transaction.commit().await.map_err(|error| failed(error.into()))?;
    connection.unlock().await.map_err(failed)
}

async fn plan(connection: &mut PgConnection, place: &Place, migrator: &Migrator) -> Result<Plan, String> {
    let plan = schema::plan(&mut Session::Postgres(connection), migrator).await;
    plan.map_err(|error| place.unreadable(&error))?.map_err(|refusal| refusal.say(&place.shown))
}

/// Sees to it that both addresses lead to the same tables: else what ends through one would not be heard through the other.
async fn meet(direct: &mut PgConnection, pool: &Pool, main: &Place, past: &Place) -> Result<(), String> {
    let elsewhere = || {
        format!(
            "DATABASE_URL {} and DATABASE_LISTEN_URL {} do not lead to the same tables: both must name one database, and one schema (ALTER ROLE … SET search_path, for a pooler takes no options)",
            main.shown, past.shown
        )
    };
    // A number that nobody else holds, for as long as this transaction lasts.
    let mark = i64::from_be_bytes(*uuid::Uuid::now_v7().as_bytes().last_chunk().unwrap_or(&[0; 8]));
    let failed = |error: sqlx::Error| past.unreadable(&error);
    sqlx::query("SELECT pg_advisory_lock($1)").bind(mark).execute(&mut *direct).await.map_err(failed)?;
    let there = async {
        let mut lent = pool.lend().await?;
        lent.begin().await?;
        let sql =
            "SELECT NOT pg_try_advisory_xact_lock($1), coalesce(to_regclass('_tabkey_migrations')::oid::bigint, 0)";
        let met: (bool, i64) = sqlx::query_as(sql).bind(mark).fetch_one(lent.statements()).await?;
        lent.run("ROLLBACK").await?;
        Ok(met)
    };
    let there = timeout(ACQUIRE, there).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    let (is_same, table) = there.map_err(|error| main.unreachable(&error))?;
    let sql = "SELECT coalesce(to_regclass('_tabkey_migrations')::oid::bigint, 0) FROM pg_advisory_unlock($1)";
    let ours: i64 = sqlx::query_scalar(sql).bind(mark).fetch_one(direct).await.map_err(failed)?;
    if is_same && table == ours { Ok(()) } else { Err(elsewhere()) }
}
