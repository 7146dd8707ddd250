//! Connections and transactions. `pitfalls.md` in words: connections that come back to the pool inside a transaction
//! are rolled back or dropped, SQLite has one writer beside a pool of readers, and writes begin with the write lock.

use std::{str::FromStr, time::Duration};

use futures::FutureExt;
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions, TransactionTrait,
};
use sqlx::{
    Connection, Executor,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// How long to wait for a free connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long a writer waits for another process on the same SQLite file.
const BUSY: Duration = Duration::from_secs(10);
/// Connections to PostgreSQL, and readers of SQLite.
const CONNECTIONS: u32 = 10;
/// The key of the advisory lock under which PostgreSQL is migrated.
const MIGRATION_LOCK: i64 = 0x726f_6c65_6361_6c6c;

/// The database: a pool to read by, and one to write by. Only the second ever begins a transaction, and only it pays
/// for cleaning up after one.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    url: String,
}

impl Db {
    /// Connects to `sqlite://…` or `postgres://…`.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        let url = url.to_owned();
        if url.starts_with("sqlite:") {
            let write = sqlite(&url, 1, false).await?;
            let read = sqlite(&url, CONNECTIONS, true).await?;
            Ok(Self { read, write, url })
        } else {
            let write = postgres(&url, CONNECTIONS, true).await?;
            let read = postgres(&url, CONNECTIONS, false).await?;
            Ok(Self { read, write, url })
        }
    }

    /// To read by, outside a transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let immediate = (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: immediate, ..Default::default() };
        self.write.begin_with_options(options).await
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.read.execute_unprepared("SELECT 1").await.map(|_| ())
    }

    /// Every migration with whether it is applied.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, DbErr> {
        let pending = Migrator::get_pending_migrations(&self.write).await?;
        let all = Migrator::get_migration_files();
        let is_pending = |name: &str| pending.iter().any(|m| m.name() == name);
        Ok(all.iter().map(|m| (m.name().to_owned(), !is_pending(m.name()))).collect())
    }

    /// Applies what is pending, one process at a time however many begin at once.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        if self.backend() == DbBackend::Sqlite {
            return migrate_sqlite(&self.write, &self.url).await;
        }
        // One connection for lock and migrations alike; the lock goes with it, whatever happens.
        let alone = postgres(&self.url, 1, false).await?;
        alone.execute_unprepared("SET statement_timeout = 0").await?;
        alone.execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
        let migrated = Migrator::up(&alone, None).await;
        alone.close().await?;
        migrated
    }
}

/// Under a lock on a file beside the database: SQLite's own would have to span all migrations.
async fn migrate_sqlite(db: &DatabaseConnection, url: &str) -> Result<(), DbErr> {
    let options = SqliteConnectOptions::from_str(url).map_err(|e| DbErr::Custom(e.to_string()))?;
    let path = options.get_filename().with_extension("lock");
    let lock = tokio::task::spawn_blocking(move || {
        let file = std::fs::File::create(&path)?;
        file.lock()?;
        Ok::<_, std::io::Error>((file, path))
    });
    let lock = lock.await.map_err(|e| DbErr::Custom(e.to_string()))?;
    let (file, _path) = lock.map_err(|e| DbErr::Custom(format!("cannot lock the database: {e}")))?;
    let migrated = Migrator::up(db, None).await;
    drop(file);
    migrated
}

async fn postgres(url: &str, connections: u32, transactions: bool) -> Result<DatabaseConnection, DbErr> {
    let options = PgConnectOptions::from_str(url)
        .map_err(connection_error)?
        .application_name("rolecall")
        .options([
            ("statement_timeout", "15s"),
            ("idle_in_transaction_session_timeout", "60s"),
            // A rollback where there is nothing to roll back is no news.
            ("client_min_messages", "error"),
        ]);
    let mut pool =
        PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE).test_before_acquire(false);
    if transactions {
        // A `begin` whose caller went away leaves the connection in a transaction that sqlx knows nothing of
        // (sqlx 4385): the next request would write into it and nobody would ever commit.
        pool = pool.after_release(|connection, _| {
            async move { connection.execute("ROLLBACK").await.map(|_| true) }.boxed()
        });
    }
    let pool = pool
        .connect_with(without_statement_log(options))
        .await
        .map_err(connection_error)?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

async fn sqlite(url: &str, connections: u32, read_only: bool) -> Result<DatabaseConnection, DbErr> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(connection_error)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("query_only", if read_only { "ON" } else { "OFF" });
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(if read_only { ACQUIRE } else { BUSY })
        .test_before_acquire(false)
        // A COMMIT that failed (disk full) leaves the write lock and a wrong idea of the transaction behind: such a
        // connection is dropped.
        .after_release(|connection, _| {
            async move {
                if connection.is_in_transaction() {
                    return Ok(false);
                }
                // SQLite refuses to begin inside a transaction, whatever sqlx believes.
                let clean = connection.execute("BEGIN").await.is_ok();
                Ok(clean && connection.execute("ROLLBACK").await.is_ok())
            }
            .boxed()
        })
        .connect_with(without_statement_log(options))
        .await
        .map_err(connection_error)?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

fn without_statement_log<O: sqlx::ConnectOptions>(options: O) -> O {
    options.disable_statement_logging()
}

fn connection_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()))
}
