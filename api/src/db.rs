//! Connections and transactions. Connections that come back to the pool inside a transaction
//! are rolled back or dropped, SQLite has one writer beside a pool of readers, and writes begin with the write lock.

mod pool;
mod reach;
mod watch;

use std::{str::FromStr, sync::Arc, time::Duration};

use futures::FutureExt;
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector, Statement, TransactionOptions,
    TransactionTrait,
};
use sqlx::{
    ConnectOptions, Connection, Executor,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;
use tokio::sync::watch::{Sender, channel};

pub use self::{pool::Pool, reach::cause};
use self::{reach::reach, watch::Server};

/// How long to wait for a free connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long a writer waits for another writer on the same SQLite file.
const BUSY: Duration = Duration::from_secs(10);
/// How long PostgreSQL works on one statement; shorter than a request may take.
const STATEMENT: &str = "15s";
/// Connections of each pool, except that SQLite has one writer.
const CONNECTIONS: u32 = 10;
/// The key of the advisory lock under which PostgreSQL is migrated.
const MIGRATION_LOCK: i64 = 0x726f_6c65_6361_6c6c;
/// How many rows of an index SQLite looks at to know its shape; what its manual recommends.
const ANALYSED: u32 = 400;
/// How often a process asks whether another one has finished migrating.
const MIGRATION_POLL: Duration = Duration::from_millis(200);

/// What a pool is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
    Migrate,
}

/// The database: a pool to read by, and one to write by. Only the second ever begins a transaction, and only it pays
/// for cleaning up after one; what is written by the first is refused.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    url: String,
    server: Arc<Sender<Server>>,
    /// Where a database lives that goes with its last user.
    _folder: Option<Arc<TempDir>>,
}

impl Db {
    /// Connects to `postgres://…`, `sqlite://FILE` or `sqlite::memory:`. The last is a file in a temporary folder, so
    /// that it behaves like any other: readers and writer of a true one would be two databases, or block each other.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        let server = Arc::new(channel(Server::default()).0);
        if !url.starts_with("sqlite:") {
            reach(url, ACQUIRE).await?;
            let write = postgres(url, Use::Write, &server).await?;
            let read = postgres(url, Use::Read, &server).await?;
            return Ok(Self { read, write, url: url.to_owned(), server, _folder: None });
        }
        let folder =
            if url == "sqlite::memory:" { Some(Arc::new(TempDir::new().map_err(no_folder)?)) } else { None };
        let url = match &folder {
            Some(folder) => format!("sqlite://{}?mode=rwc", folder.path().join("rolecall.db").display()),
            None => url.to_owned(),
        };
        let write = sqlite(&url, Use::Write).await?;
        let read = sqlite(&url, Use::Read).await?;
        Ok(Self { read, write, url, server, _folder: folder })
    }

    /// To read by, outside a transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once. Whoever drops the future halfway
    /// leaves nothing behind.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.is_there()?;
        if self.backend() == DbBackend::Sqlite {
            let immediate = Some(SqliteTransactionMode::Immediate);
            let options = TransactionOptions { sqlite_transaction_mode: immediate, ..Default::default() };
            return self.write.begin_with_options(options).await;
        }
        // By a task of its own, which nobody can drop: a `begin` that is cancelled leaves a connection in a transaction
        // that sqlx knows nothing of (sqlx 4385); the next request would write into it, and nobody would ever commit.
        let write = self.write.clone();
        let begun = tokio::spawn(async move { write.begin().await }).await;
        begun.unwrap_or_else(|error| Err(DbErr::Custom(format!("a transaction could not begin: {error}"))))
    }

    /// Notices when PostgreSQL goes and when it is back, for as long as this is polled. SQLite is always there.
    pub async fn watch(&self) {
        if self.backend() == DbBackend::Postgres {
            watch::watch(&self.url, &self.server).await;
        }
    }

    /// Fails at once while the server is known to be gone.
    pub fn is_there(&self) -> Result<(), DbErr> {
        let gone = || DbErr::Conn(RuntimeErr::Internal("the server is gone".into()));
        if self.server.borrow().gone { Err(gone()) } else { Ok(()) }
    }

    /// Returns when the server is known to be gone.
    pub async fn lost(&self) {
        let mut server = self.server.subscribe();
        if server.wait_for(|server| server.gone).await.is_err() {
            std::future::pending().await
        }
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.is_there()?;
        self.read.execute_unprepared("SELECT 1").await.map(drop)
    }

    /// How each pool stands.
    pub fn pools(&self) -> [(&'static str, Pool); 2] {
        [("read", Pool::of(&self.read)), ("write", Pool::of(&self.write))]
    }

    /// Closes every connection, as soon as those who have one give it back.
    pub async fn close(&self) {
        // What cannot be closed is going away with the process anyway.
        let _ = self.read.close_by_ref().await;
        let _ = self.write.close_by_ref().await;
    }

    /// Every migration with whether it is applied. Writes nothing.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, DbErr> {
        migration::status(&self.read).await
    }

    /// Applies what is pending, one process at a time however many begin at once.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        if self.migrations().await?.iter().all(|(_, applied)| *applied) {
            return Ok(());
        }
        if self.backend() == DbBackend::Postgres {
            return migrate_postgres(&self.url).await;
        }
        let txn = self.begin().await?;
        Migrator::up(&txn, None).await?;
        txn.commit().await
    }
}

/// By a connection of its own for lock and migrations alike; the lock goes with it, whatever happens.
async fn migrate_postgres(url: &str) -> Result<(), DbErr> {
    let alone = postgres(url, Use::Migrate, &Arc::new(channel(Server::default()).0)).await?;
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

async fn postgres(
    url: &str,
    purpose: Use,
    server: &Arc<Sender<Server>>,
) -> Result<DatabaseConnection, DbErr> {
    // Waiting for a lock counts.
    let statement_timeout = if purpose == Use::Migrate { "0" } else { STATEMENT };
    let read_only = if purpose == Use::Read { "on" } else { "off" };
    let options =
        PgConnectOptions::from_str(url).map_err(connection_error)?.application_name("rolecall").options([
            ("statement_timeout", statement_timeout),
            ("default_transaction_read_only", read_only),
            ("idle_in_transaction_session_timeout", "60s"),
            // That something is there already is no news.
            ("client_min_messages", "warning"),
        ]);
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
    let pool = pool.connect_with(options.disable_statement_logging()).await.map_err(connection_error)?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

async fn sqlite(url: &str, purpose: Use) -> Result<DatabaseConnection, DbErr> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(connection_error)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY);
    let pool = SqlitePoolOptions::new().test_before_acquire(false);
    let (options, pool) = if purpose == Use::Read {
        (options.pragma("query_only", "ON"), pool.max_connections(CONNECTIONS).acquire_timeout(ACQUIRE))
    } else {
        // A COMMIT that failed (disk full) leaves the write lock and a wrong idea of the transaction behind. SQLite
        // refuses to begin inside a transaction, whatever sqlx believes: such a connection is dropped.
        let pool = pool.max_connections(1).acquire_timeout(BUSY).after_release(|connection, _| {
            async move {
                let outside = connection.execute("BEGIN; ROLLBACK").await.is_ok();
                Ok(outside && !connection.is_in_transaction())
            }
            .boxed()
        });
        // What the planner knows of the tables; a connection lives half an hour, so it keeps up with them.
        (options.optimize_on_close(true, ANALYSED), pool)
    };
    let pool = pool.connect_with(options.disable_statement_logging()).await.map_err(connection_error)?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

fn connection_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

fn no_folder(error: std::io::Error) -> DbErr {
    DbErr::Custom(format!("cannot make a temporary folder: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn migrated() -> Result<Db, DbErr> {
        let db = Db::connect("sqlite::memory:").await?;
        let (one, other) = tokio::join!(db.migrate(), db.migrate());
        one.and(other)?;
        Ok(db)
    }

    #[tokio::test]
    async fn what_the_writer_commits_the_readers_see_and_cannot_change() -> Result<(), DbErr> {
        let db = migrated().await?;
        let txn = db.begin().await?;
        txn.execute_unprepared("CREATE TABLE seen (x)").await?;
        txn.commit().await?;
        db.read().execute_unprepared("SELECT x FROM seen").await?;
        assert!(db.read().execute_unprepared("INSERT INTO seen VALUES (1)").await.is_err());
        assert!(db.migrations().await?.iter().all(|(_, applied)| *applied));
        Ok(())
    }

    #[tokio::test]
    async fn a_connection_left_in_a_transaction_is_dropped_and_a_clean_one_kept() -> Result<(), DbErr> {
        let db = migrated().await?;
        let ours = "SELECT x FROM temp.ours";
        db.write.execute_unprepared("CREATE TEMP TABLE ours (x)").await?;
        drop(db.begin().await?);
        db.write.execute_unprepared(ours).await?;
        db.write.execute_unprepared("BEGIN IMMEDIATE").await?;
        db.begin().await?.commit().await?;
        assert!(db.write.execute_unprepared(ours).await.is_err());
        Ok(())
    }
}
