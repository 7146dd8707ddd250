use std::{panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{Pos, Request, Response, ServerError};
use futures::FutureExt;
use tokio::sync::OwnedSemaphorePermit;
use tracing::{Instrument, Span};

use super::{
    Caller, CookieChange, Schema,
    error::{Error, code, with_code},
    limits,
    plan::Plan,
    told,
};
use crate::telemetry::Watch;

/// How many faults of a document are told.
const MAX_ERRORS: usize = 50;

/// Runs a request; `place` is held for as long as it is worked on. A mutation goes on when nobody waits for its answer
/// any more, so that the operation that was begun is finished or rolled back on purpose; none is begun after the
/// caller's deadline. Every error carries a code of the contract.
pub async fn run(
    schema: &Schema,
    (mut request, plan): (Request, Plan),
    caller: Caller,
    place: OwnedSemaphorePermit,
) -> (Response, Option<CookieChange>) {
    let caller = Arc::new(caller);
    let env = caller.visitor.env.clone();
    let request_id = caller.visitor.request_id.clone().unwrap_or_else(|| env.new_id().to_string());
    let root_field = told::operation(&caller.watch, &mut request);
    let (schema, request) = (schema.clone(), request.data(caller.clone()));
    let watch = caller.watch.clone();
    let execution = async move {
        let _place = place;
        let response = classified(schema.execute(request).await);
        // Here, where a mutation comes by that nobody waits for any more, too.
        told::answer(&watch, &response, root_field.as_deref());
        response
    };
    let execution = AssertUnwindSafe(execution).catch_unwind();
    let outcome = if plan.mutation {
        env.background.spawn(execution.instrument(Span::current())).await.ok()
    } else {
        Some(execution.await)
    };
    match outcome {
        Some(Ok(response)) => (with_request_id(response, request_id), caller.cookie_change()),
        _ => (failed(Error::internal("a resolver panicked"), request_id, &caller.watch), None),
    }
}

/// The answer to a request that is not run, because of its document.
pub fn refused(error: ServerError, request_id: String, watch: &Watch) -> Response {
    with_request_id(noted(watch, Response::from_errors(vec![error])), request_id)
}

fn noted(watch: &Watch, response: Response) -> Response {
    told::answer(watch, &response, None);
    response
}

/// The answer to a request that failed before it could be run.
pub fn failed(error: impl Into<Error>, request_id: String, watch: &Watch) -> Response {
    with_request_id(noted(watch, unable(error.into())), request_id)
}

/// The answer to a request that failed as a whole.
fn unable(error: Error) -> Response {
    let error: async_graphql::Error = error.into();
    let error = ServerError { locations: vec![], ..error.into_server_error(Pos::default()) };
    Response::from_errors(vec![error])
}

/// Gives a code to the errors that async-graphql makes itself.
fn classified(mut response: Response) -> Response {
    if response.errors.iter().all(|error| error.path.is_empty()) {
        // Of a document that is wrong all over, the first sentences tell enough.
        response.errors.truncate(MAX_ERRORS);
    }
    response.errors = response
        .errors
        .into_iter()
        .map(|error| {
            let code = match &error {
                error if limits::is_limit(error) => "TOO_COMPLEX",
                error if error.path.is_empty() => "GRAPHQL_VALIDATION_FAILED",
                _ => "BAD_USER_INPUT",
            };
            with_code(error, code)
        })
        .collect();
    response
}

fn with_request_id(mut response: Response, request_id: String) -> Response {
    for error in &mut response.errors {
        if code(error).is_some_and(Error::has_request_id) {
            error.extensions.get_or_insert_default().set("requestId", request_id.as_str());
        }
    }
    response
}
