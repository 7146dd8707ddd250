//! How PostgreSQL is connected to, and migrated.

use std::{str::FromStr, sync::Arc, time::Duration};

use futures::FutureExt;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, SqlxPostgresConnector, Statement};
use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::watch::{Sender, channel};

use super::{ACQUIRE, CONNECTIONS, Use, connection_error, watch::Server};

/// How long PostgreSQL works on one statement; shorter than a request may take.
const STATEMENT: &str = "15s";
/// The key of the advisory lock under which PostgreSQL is migrated.
const MIGRATION_LOCK: i64 = 0x726f_6c65_6361_6c6c;
/// How often a process asks whether another one has finished migrating.
const MIGRATION_POLL: Duration = Duration::from_millis(200);

/// How connections for a purpose are made.
pub fn options(url: &str, purpose: Use) -> Result<PgConnectOptions, DbErr> {
    // Waiting for a lock counts.
    let statement_timeout = if purpose == Use::Migrate { "0" } else { STATEMENT };
    let read_only = if purpose == Use::Read { "on" } else { "off" };
    let options = PgConnectOptions::from_str(url).map_err(connection_error)?;
    let options = options.application_name("rolecall").disable_statement_logging();
    Ok(options.options([
        ("statement_timeout", statement_timeout),
        ("default_transaction_read_only", read_only),
        ("idle_in_transaction_session_timeout", "60s"),
        // That something is there already is no news.
        ("client_min_messages", "warning"),
    ]))
}

/// Connections that begin transactions.
pub async fn pool(
    url: &str,
    purpose: Use,
    server: &Arc<Sender<Server>>,
) -> Result<DatabaseConnection, DbErr> {
    let server = server.clone();
    let mut pool = PgPoolOptions::new()
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        // Nobody is handed a connection that broke while it lay idle.
        .before_acquire(move |_, connection| {
            let kept = server.borrow().has_kept(connection.age);
            async move { Ok(kept) }.boxed()
        });
    pool = match purpose {
        Use::Read | Use::Write => pool.max_connections(CONNECTIONS),
        Use::Migrate => pool.max_connections(1).max_lifetime(None).idle_timeout(None),
    };
    let pool = pool.connect_with(options(url, purpose)?).await.map_err(connection_error)?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Applies what is pending, by a connection of its own for lock and migrations alike; the lock goes with it, whatever happens.
pub async fn migrate(url: &str) -> Result<(), DbErr> {
    let alone = pool(url, Use::Migrate, &Arc::new(channel(Server::default()).0)).await?;
    let lock = format!("SELECT pg_try_advisory_lock({MIGRATION_LOCK}) AS locked");
    // Not by waiting in the database: an index that is built concurrently would wait for whoever waits there.
    while !is_true(&alone, &lock).await? {
        tokio::time::sleep(MIGRATION_POLL).await;
    }
    let migrated = Migrator::up(&alone, None).await;
    alone.close().await?;
    migrated
}

async fn is_true(db: &DatabaseConnection, sql: &str) -> Result<bool, DbErr> {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    row.map_or(Ok(false), |row| row.try_get_by_index(0))
}
