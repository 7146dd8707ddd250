//! Connections and transactions. Connections that come back to the pool inside a transaction
//! are rolled back or dropped, SQLite has one writer beside a pool of readers, and writes begin with the write lock.

mod pool;
mod postgres;
mod reach;
mod reader;
mod watch;

use std::{str::FromStr, sync::Arc, thread::available_parallelism, time::Duration};

use futures::FutureExt;
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    SqliteTransactionMode, SqlxSqliteConnector, TransactionOptions, TransactionTrait,
};
use sqlx::{
    ConnectOptions, Connection, Executor,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;
use tokio::sync::watch::{Sender, channel};

pub use self::{pool::Pool, reach::cause, reader::Reader};
use self::{
    postgres::{migrate, options, pool as postgres},
    reach::reach,
    watch::Server,
};

/// How long to wait for a free connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long a writer waits for another writer on the same SQLite file.
const BUSY: Duration = Duration::from_secs(10);
/// Connections of each pool, except that SQLite has one writer.
const CONNECTIONS: u32 = 10;
/// How many rows SQLite's thread may be ahead of whoever reads them: more than a page has.
const ROWS: usize = 256;
/// How many rows of an index SQLite looks at to know its shape; what its manual recommends.
const ANALYSED: u32 = 400;

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
    read: Reader,
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
            let read = Reader::postgres(options(url, Use::Read)?, server.clone())?;
            return Ok(Self { read, write, url: url.to_owned(), server, _folder: None });
        }
        let folder =
            if url == "sqlite::memory:" { Some(Arc::new(TempDir::new().map_err(no_folder)?)) } else { None };
        let url = match &folder {
            Some(folder) => format!("sqlite://{}?mode=rwc", folder.path().join("rolecall.db").display()),
            None => url.to_owned(),
        };
        let write = sqlite(&url, Use::Write).await?;
        let read = Reader::Sqlite(sqlite(&url, Use::Read).await?);
        Ok(Self { read, write, url, server, _folder: folder })
    }

    /// To read by, outside a transaction.
    pub fn read(&self) -> &Reader {
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
        [("read", self.read.pool()), ("write", Pool::of(&self.write))]
    }

    /// Closes every connection, as soon as those who have one give it back.
    pub async fn close(&self) {
        // What cannot be closed is going away with the process anyway.
        let _ = self.read.close().await;
        let _ = self.write.close_by_ref().await;
    }

    /// Every migration with whether it is applied. Writes nothing.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, DbErr> {
        // Asks of the schema are made of a pool of sea-orm's own.
        migration::status(match &self.read {
            Reader::Sqlite(read) => read,
            Reader::Postgres(_) => &self.write,
        })
        .await
    }

    /// Applies what is pending, one process at a time however many begin at once.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        if self.migrations().await?.iter().all(|(_, applied)| *applied) {
            return Ok(());
        }
        if self.backend() == DbBackend::Postgres {
            return migrate(&self.url).await;
        }
        let txn = self.begin().await?;
        Migrator::up(&txn, None).await?;
        txn.commit().await
    }
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
        // Each is a thread with a cache of its own: more than the machine can run are only more memory.
        let readers = available_parallelism().map_or(CONNECTIONS, |cores| {
            u32::try_from(2 * cores.get()).unwrap_or(CONNECTIONS).min(CONNECTIONS)
        });
        let options = options.pragma("query_only", "ON").row_buffer_size(ROWS);
        (options, pool.max_connections(readers).acquire_timeout(ACQUIRE))
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
