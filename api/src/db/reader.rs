//! To read by. sqlx's own pool asks every PostgreSQL connection that comes back whether it still answers: a second way
//! there and back for each statement. Here only one whose statement failed or was given up is asked.

use std::{sync::Arc, time::Duration};

use deadpool::{
    Runtime,
    managed::{self, Metrics, Object, PoolConfig, QueueMode, RecycleError, RecycleResult, Timeouts},
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, Postgres, postgres::PgConnectOptions, query::Query,
};
use tokio::{runtime::Handle, sync::watch::Sender};

use super::{ACQUIRE, CONNECTIONS, Pool, connection_error, watch::Server};

/// How long a connection is used.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How long a connection may lie idle: what stands between may have forgotten it.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// A pool to read by; a statement takes a connection, and gives it back.
#[derive(Clone)]
pub enum Reader {
    /// By sea-orm's own pool.
    Sqlite(DatabaseConnection),
    /// By connections that are not asked whether they still answer.
    Postgres(managed::Pool<Connections>),
}

/// Makes connections, and says which can be used again.
pub struct Connections {
    options: PgConnectOptions,
    server: Arc<Sender<Server>>,
}

/// A connection while a statement runs.
struct Lease(Option<Object<Connections>>);

impl managed::Manager for Connections {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.options).await
    }

    async fn recycle(&self, _: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        // Nobody is handed a connection that broke while it lay idle.
        let kept = self.server.borrow().has_kept(metrics.age());
        let fresh = metrics.age() < LIFETIME && metrics.last_used() < IDLE;
        if kept && fresh { Ok(()) } else { Err(RecycleError::message("too old")) }
    }
}

impl Reader {
    /// Connects to PostgreSQL when the first statement comes.
    pub fn postgres(options: PgConnectOptions, server: Arc<Sender<Server>>) -> Result<Self, DbErr> {
        let pool = managed::Pool::builder(Connections { options, server })
            .config(PoolConfig {
                max_size: CONNECTIONS as usize,
                timeouts: Timeouts { wait: Some(ACQUIRE), create: Some(ACQUIRE), recycle: None },
                queue_mode: QueueMode::Lifo,
            })
            .runtime(Runtime::Tokio1)
            .build();
        pool.map(Self::Postgres).map_err(|error| DbErr::Custom(error.to_string()))
    }

    /// How it stands.
    pub fn pool(&self) -> Pool {
        match self {
            Self::Sqlite(db) => Pool::of(db),
            Self::Postgres(pool) => {
                let status = pool.status();
                let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
                Pool { open: count(status.size), idle: count(status.available), max: CONNECTIONS }
            }
        }
    }

    /// Closes every connection, as soon as those who have one give it back.
    pub async fn close(&self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(db) => db.close_by_ref().await,
            Self::Postgres(pool) => {
                pool.close();
                Ok(())
            }
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(db) => db.execute_raw(statement).await,
            Self::Postgres(pool) => {
                let mut lease = Lease::of(pool).await?;
                let done = prepared(statement).execute(lease.connection()?).await;
                lease.give_back(done, DbErr::Exec).map(Into::into)
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(db) => db.execute_unprepared(sql).await,
            Self::Postgres(pool) => {
                let mut lease = Lease::of(pool).await?;
                let done = lease.connection()?.execute(AssertSqlSafe(sql)).await;
                lease.give_back(done, DbErr::Exec).map(Into::into)
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(db) => db.query_one_raw(statement).await,
            Self::Postgres(pool) => {
                let mut lease = Lease::of(pool).await?;
                let row = prepared(statement).fetch_optional(lease.connection()?).await;
                Ok(lease.give_back(row, DbErr::Query)?.map(Into::into))
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(db) => db.query_all_raw(statement).await,
            Self::Postgres(pool) => {
                let mut lease = Lease::of(pool).await?;
                let rows = prepared(statement).fetch_all(lease.connection()?).await;
                Ok(lease.give_back(rows, DbErr::Query)?.into_iter().map(Into::into).collect())
            }
        }
    }
}

/// As sea-orm itself hands a statement to sqlx.
fn prepared(statement: Statement) -> Query<'static, Postgres, SqlxValues> {
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(statement.values.unwrap_or(Values(Vec::new()))))
}

impl Lease {
    async fn of(pool: &managed::Pool<Connections>) -> Result<Self, DbErr> {
        match pool.get().await {
            Ok(connection) => Ok(Self(Some(connection))),
            Err(managed::PoolError::Backend(error)) => Err(connection_error(error)),
            Err(error) => Err(DbErr::Conn(RuntimeErr::Internal(error.to_string()))),
        }
    }

    fn connection(&mut self) -> Result<&mut PgConnection, DbErr> {
        match &mut self.0 {
            Some(connection) => Ok(connection),
            None => Err(DbErr::Conn(RuntimeErr::Internal("the connection was given back".into()))),
        }
    }

    fn give_back<T>(
        mut self,
        done: Result<T, sqlx::Error>,
        failed: fn(RuntimeErr) -> DbErr,
    ) -> Result<T, DbErr> {
        if done.is_ok() {
            self.0.take();
        }
        done.map_err(|error| failed(RuntimeErr::SqlxError(error.into())))
    }
}

/// The statement failed, or nobody waits for it any more: its connection comes back when the database has ended it, and
/// only if it still answers.
impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut connection) = self.0.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                if connection.ping().await.is_err() {
                    drop(Object::take(connection));
                }
            })),
            Err(_) => drop(Object::take(connection)),
        }
    }
}
