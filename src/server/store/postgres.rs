//! Opening PostgreSQL, 15 or later: two pools, time-outs, migrations that two nodes may begin at once. Runs in: the server.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Connection, PgConnection, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{Feed, Pooled, Readers, Store, Writer};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The oldest version that is tested, as `server_version_num` says it.
const OLDEST: i32 = 150_000;
/// How long a request waits for a free connection, or a node for its first one.
const ACQUIRE: Duration = Duration::from_secs(3);

/// Opens the database at `url`, migrating it. `connections` is the size of each of the two pools. Errors: one sentence
/// for the operator, without the password in the address.
pub async fn open(url: &str, connections: u32) -> Result<Store, String> {
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        "DATABASE_URL is not an address of PostgreSQL: write postgres://user:password@host:5432/database".to_owned()
    })?;
    let place = format!(
        "postgres://{}@{}:{}/{}",
        options.get_username(),
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or_default()
    );
    let unreachable = |error: sqlx::Error| {
        format!(
            "DATABASE_URL {place} cannot be reached ({error}): check that PostgreSQL runs there and lets this user in"
        )
    };
    let options = options.application_name("tabkey").options([
        ("statement_timeout", "8s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "15s"),
        ("tcp_keepalives_idle", "30"),
    ]);
    let connecting = tokio::time::timeout(ACQUIRE, PgConnection::connect_with(&options)).await;
    let mut connection = connecting
        .map_err(|_| format!("DATABASE_URL {place} does not answer: check that PostgreSQL runs there"))?
        .map_err(unreachable)?;
    check_version(&mut connection, &place).await?;
    // A migration may take longer than any request.
    sqlx::raw_sql("SET statement_timeout = 0; SET lock_timeout = 0")
        .execute(&mut connection)
        .await
        .map_err(unreachable)?;
    MIGRATIONS.run(&mut connection).await.map_err(|error| migration_failed(&place, error))?;
    let _ = connection.close().await;
    let full = pool(&options, connections);
    let relaxed = pool(&options.clone().options([("synchronous_commit", "off")]), connections);
    let feed = Feed::Postgres(Box::new(options));
    Ok(Store { readers: Readers::Postgres(relaxed.clone()), writer: Writer::Postgres(Pooled { relaxed, full }), feed })
}

/// Connections are made when they are needed, so that a node outlives a restart of the database.
fn pool(options: &PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(Duration::from_secs(300))
        .max_lifetime(Duration::from_secs(1_800))
        .connect_lazy_with(options.clone())
}

async fn check_version(connection: &mut PgConnection, place: &str) -> Result<(), String> {
    let version: Result<i32, _> =
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int").fetch_one(connection).await;
    match version {
        Ok(version) if version >= OLDEST => Ok(()),
        Ok(version) => {
            Err(format!("DATABASE_URL {place} is PostgreSQL {}: Tabkey needs 15 or later", version / 10_000))
        }
        Err(error) => Err(format!("DATABASE_URL {place} does not say its version ({error})")),
    }
}

fn migration_failed(place: &str, error: MigrateError) -> String {
    match error {
        MigrateError::VersionMissing(version) => format!(
            "DATABASE_URL {place} was written by a newer version of Tabkey (schema {version}): start that version, or restore a backup"
        ),
        error => format!("DATABASE_URL {place} could not be migrated: {error}"),
    }
}
