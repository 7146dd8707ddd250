use std::sync::Arc;

use async_graphql::{Request, Response, ServerError, parser::types::OperationType};
use futures::FutureExt;
use tracing::{Instrument, Span};

use super::{
    Caller, CookieChange, Schema,
    error::{Error, code, with_code},
    limits,
};
use crate::domain;

/// Runs a request. A mutation goes on when its caller hangs up, so that what was begun is finished or rolled
/// back on purpose; every error carries a code of the contract.
pub async fn run(schema: &Schema, mut request: Request, caller: Caller) -> (Response, Option<CookieChange>) {
    let caller = Arc::new(caller);
    let visitor = &caller.visitor;
    let request_id = visitor.request_id.clone().unwrap_or_else(|| visitor.env.new_id().to_string());
    let response = match is_mutation(&mut request) {
        Err(error) => Response::from_errors(vec![error]),
        Ok(mutation) => {
            let (schema, request) = (schema.clone(), request.data(caller.clone()));
            let execution = async move { schema.execute(request).await };
            let execution =
                std::panic::AssertUnwindSafe(execution).catch_unwind().instrument(Span::current());
            let outcome = if mutation { tokio::spawn(execution).await.ok() } else { Some(execution.await) };
            match outcome {
                Some(Ok(response)) => classified(response),
                _ => Response::from_errors(vec![panicked()]),
            }
        }
    };
    (with_request_id(response, request_id), caller.cookie_change())
}

/// Whether the request changes anything; the error where it cannot be read or is too large to be looked at.
pub fn is_mutation(request: &mut Request) -> Result<bool, ServerError> {
    let name = request.operation_name.clone();
    let document = limits::document(request)?;
    Ok(document.operations.iter().any(|(of, operation)| {
        operation.node.ty == OperationType::Mutation
            && name.as_deref().is_none_or(|name| of.is_none_or(|of| of.as_str() == name))
    }))
}

/// The answer to a request that failed before it could be run.
pub fn failed(error: domain::Error, request_id: String) -> Response {
    let error: async_graphql::Error = Error::from(error).into();
    let error = ServerError { locations: vec![], ..error.into_server_error(async_graphql::Pos::default()) };
    with_request_id(Response::from_errors(vec![error]), request_id)
}

fn panicked() -> ServerError {
    let error: async_graphql::Error = Error::internal("a resolver panicked").into();
    error.into_server_error(async_graphql::Pos::default())
}

/// Gives a code to the errors that async-graphql makes itself.
fn classified(mut response: Response) -> Response {
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
