//! How much is worked on at once, and for how long (B3): a request that finds no place is told to come back instead of
//! waiting in a queue that grows.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_graphql::{Request, Response, Value};
use axum::http::{HeaderMap, StatusCode};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until},
};

use super::{request_id::RequestId, router::Shared, who::who};
use crate::{
    config::Config,
    graphql::{self, CookieChange, Error, Plan},
    telemetry::Watch,
};

/// After how many seconds whoever was turned away should try again.
pub const RETRY_AFTER: &str = "1";

/// Places for requests that are worked on.
pub struct Admission {
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Admission {
    /// As many as the settings say.
    pub fn new(config: &Config) -> Self {
        Self { places: Arc::new(Semaphore::new(config.max_concurrency)), patience: config.request_timeout }
    }
}

/// Answers a request that has been read, or says at once that it cannot.
pub async fn execute(
    shared: &Shared,
    headers: &HeaderMap,
    (peer, id, watch): (SocketAddr, RequestId, Arc<Watch>),
    mut request: Request,
) -> (Response, Option<CookieChange>) {
    let request_id = id.0.clone();
    let told = watch.clone();
    let failed = |error: Error| (graphql::failed(error, request_id.clone(), &told), None);
    let db = &shared.env.db;
    if db.is_there().is_err() {
        return failed(Error::down());
    }
    let Ok(place) = shared.admission.places.clone().try_acquire_owned() else { return failed(Error::busy()) };
    let deadline = Instant::now() + shared.admission.patience;
    let plan = match Plan::of(&mut request) {
        Ok(plan) => plan,
        Err(error) => return (graphql::refused(error, request_id, &told), None),
    };
    let answer = async {
        match who(shared, headers, (peer, id, watch), deadline, plan.ahead).await {
            Ok(caller) => graphql::run(&shared.schema, (request, plan), caller, place).await,
            Err(error) => failed(error.into()),
        }
    };
    tokio::select! {
        answer = answer => answer,
        () = sleep_until(deadline) => failed(Error::late()),
        () = db.lost() => failed(Error::down()),
    }
}

/// The status of an answer to a request that failed as a whole through no fault of its own (B2).
pub fn failure(response: &Response) -> Option<StatusCode> {
    let error = response.errors.first().filter(|error| error.path.is_empty())?;
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) if code == "UNAVAILABLE" => Some(StatusCode::SERVICE_UNAVAILABLE),
        Value::String(code) if code == "INTERNAL" => Some(StatusCode::INTERNAL_SERVER_ERROR),
        _ => None,
    }
}
