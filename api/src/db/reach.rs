use std::{str::FromStr, time::Duration};

use sea_orm::{DbErr, RuntimeErr};
use sqlx::{
    Connection,
    postgres::{PgConnectOptions, PgConnection},
};
use tokio::time::timeout;

use super::connection_error;

/// Whether the server lets us in. A pool would try until its patience ends, and then tell of that alone.
pub async fn reach(url: &str, patience: Duration) -> Result<(), DbErr> {
    let options = PgConnectOptions::from_str(url).map_err(connection_error)?;
    match timeout(patience, PgConnection::connect_with(&options)).await {
        Ok(connected) => connected.map_err(connection_error)?.close().await.map_err(connection_error),
        Err(_) => Err(DbErr::Custom(format!("it does not answer within {patience:?}"))),
    }
}

/// What the database, or the way to it, said itself.
pub fn cause(error: &DbErr) -> String {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(inner)) => match &**inner {
            sqlx::Error::Io(error) => error.to_string(),
            sqlx::Error::Database(error) => error.message().to_owned(),
            other => other.to_string(),
        },
        DbErr::Custom(what) => what.clone(),
        other => other.to_string(),
    }
}
