use axum::{
    extract::State as Extracted,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::router::State;

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
    let up = i32::from(shared.env.db.ping().await.is_ok());
    let text = format!(
        "# HELP rolecall_database_up Whether the database answers.\n\
         # TYPE rolecall_database_up gauge\n\
         rolecall_database_up {up}\n"
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
