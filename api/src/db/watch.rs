//! Whether PostgreSQL is there. A pool that finds nobody to connect to goes on trying until its patience ends; a request
//! should be told at once, and so a connection of its own notices when the server goes and when it is back.

use std::{str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection, Error, PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::watch::Sender,
    time::{Instant, sleep, timeout},
};

/// How long the server may take to answer before it counts as gone.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often a server that answers is asked whether it still does; one that ends is noticed at once.
const CHECK: Duration = Duration::from_secs(5);
/// How often a server that is gone is looked for.
const LOOK: Duration = Duration::from_millis(200);

/// What is known of the server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Server {
    /// Whether nobody can connect.
    pub gone: bool,
    /// When it was last lost: every connection made before that is broken.
    lost: Option<Instant>,
}

impl Server {
    /// Whether a connection of this age can still be used.
    pub fn has_kept(self, age: Duration) -> bool {
        self.lost.is_none_or(|lost| age < lost.elapsed())
    }
}

/// Tells what becomes of the server of `url`, for as long as it is polled.
pub async fn watch(url: &str, server: &Sender<Server>) {
    let Ok(options) = PgConnectOptions::from_str(url) else { return };
    let options = options.application_name("rolecall watch").disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    let pool = pool.connect_lazy_with(options.clone());
    loop {
        let gone = !is_there(&options).await;
        tell(server, gone);
        if gone {
            sleep(LOOK).await;
            continue;
        }
        until_lost(&pool).await;
        server.send_modify(|server| server.lost = Some(Instant::now()));
    }
}

fn tell(server: &Sender<Server>, gone: bool) {
    let changed = server.send_if_modified(|server| std::mem::replace(&mut server.gone, gone) != gone);
    match (changed, gone) {
        (true, true) => tracing::error!("the database cannot be reached"),
        (true, false) => tracing::info!("the database is back"),
        (false, _) => {}
    }
}

/// Whether somebody can connect. A server that is only full, or refuses this one connection, is there.
async fn is_there(options: &PgConnectOptions) -> bool {
    match timeout(PATIENCE, options.connect()).await {
        Ok(Ok(connection)) => {
            // It was only to be seen that there is one.
            let _ = connection.close().await;
            true
        }
        Ok(Err(Error::Database(error))) => !error.code().is_some_and(|code| code.starts_with("57P")),
        Ok(Err(Error::Io(_) | Error::Tls(_) | Error::Protocol(_))) | Err(_) => false,
        Ok(Err(_)) => true,
    }
}

/// Returns when a connection is lost or does not answer any more.
async fn until_lost(pool: &PgPool) {
    let Ok(mut listener) = PgListener::connect_with(pool).await else { return sleep(LOOK).await };
    listener.eager_reconnect(false);
    loop {
        let answers = match timeout(CHECK, listener.try_recv()).await {
            Ok(Ok(Some(_))) => true,
            Ok(Ok(None) | Err(_)) => false,
            Err(_) => {
                matches!(timeout(PATIENCE, sqlx::query("SELECT 1").execute(&mut listener)).await, Ok(Ok(_)))
            }
        };
        if !answers {
            return;
        }
    }
}
