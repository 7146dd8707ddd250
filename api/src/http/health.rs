use std::time::Duration;

use axum::{
    extract::State as Extracted,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::router::State;
use crate::{domain::outbox, telemetry::Gauges};

/// How long the database may take to tell of itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the process runs.
pub async fn live() -> &'static str {
    "live\n"
}

/// Whether it can answer: the database is reached and has every migration.
pub async fn ready(Extracted(State(shared)): Extracted<State>) -> Response {
    let db = &shared.env.db;
    let migrations = match db.ping().await {
        Ok(()) => db.migrations().await,
        Err(error) => Err(error),
    };
    match migrations {
        Ok(all) if all.iter().all(|(_, applied)| *applied) => "ready\n".into_response(),
        Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, "migrations are pending\n").into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached\n").into_response()
        }
    }
}

/// What a scraper reads.
pub async fn metrics(Extracted(State(shared)): Extracted<State>) -> Response {
    let env = &shared.env;
    let asked = timeout(PATIENCE, async { (env.db.ping().await.is_ok(), outbox::waiting(env).await.ok()) });
    let (database_up, outbox) = asked.await.unwrap_or_default();
    let pools =
        env.db.pools().into_iter().map(|(name, pool)| (name, pool.open, pool.idle, pool.max)).collect();
    let gauges = Gauges { database_up, pools, outbox, hashing: env.passwords.queued() };
    let text = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
    ([text], shared.metrics.render(gauges)).into_response()
}
