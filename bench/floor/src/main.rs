//! The floor under Rolecall's figures: what the same work costs on the same tables when it is written by hand, with axum
//! and sqlx, one prepared statement a request, and no GraphQL, ORM or rules. It checks the session as Rolecall does,
//! writes the same rows, and answers the same JSON. Nobody should run it for anything else.

mod answer;
mod caller;
mod invite;
mod read;

use std::{env, error::Error};

use axum::{Router, routing::post, serve::ListenerExt};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::net::TcpListener;

/// As many connections as Rolecall has for reading.
const CONNECTIONS: u32 = 10;

/// Takes the database's address and the address to listen on.
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [database, listen] = arguments.as_slice() else { return Err("usage: floor DATABASE ADDRESS".into()) };
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false);
    let pool: PgPool = pool.connect(database).await?;
    let routes = Router::new()
        .route("/page", post(read::page))
        .route("/page-with-count", post(read::page_with_count))
        .route("/seats", post(read::seats))
        .route("/user", post(read::user))
        .route("/invite", post(invite::invite))
        .with_state(pool);
    let listener = TcpListener::bind(listen).await?.tap_io(|stream| {
        // Without it an answer may wait; if it cannot be set, it waits.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, routes).await?;
    Ok(())
}
