use std::sync::Arc;

use async_graphql::{Request, Response, ServerError, parser::types::OperationType};
use futures::FutureExt;

use super::{Caller, CookieChange, Schema, error::Error};
use crate::domain;

/// Runs a request. A mutation goes on when its caller hangs up, so that what was begun is finished (issue of any server
/// that cancels with the connection); every error carries a code of the contract.
pub async fn run(schema: &Schema, mut request: Request, caller: Caller) -> (Response, Option<CookieChange>) {
    let caller = Arc::new(caller);
    let request_id = caller.visitor.request_id.clone();
    let response = match is_mutation(&mut request) {
        Err(error) => Response::from_errors(vec![with_code(error, "GRAPHQL_PARSE_FAILED")]),
        Ok(mutation) => {
            let (schema, request) = (schema.clone(), request.data(caller.clone()));
            let execution = async move { schema.execute(request).await };
            let execution = std::panic::AssertUnwindSafe(execution).catch_unwind();
            let outcome = if mutation { tokio::spawn(execution).await.ok() } else { Some(execution.await) };
            match outcome {
                Some(Ok(response)) => classified(response),
                _ => Response::from_errors(vec![panicked()]),
            }
        }
    };
    (with_request_id(response, request_id), caller.cookie_change())
}

/// Whether the request changes anything; the error where it cannot be read.
pub fn is_mutation(request: &mut Request) -> Result<bool, ServerError> {
    let name = request.operation_name.clone();
    let document = request.parsed_query()?;
    Ok(document.operations.iter().any(|(of, operation)| {
        operation.node.ty == OperationType::Mutation
            && name.as_deref().is_none_or(|name| of.is_none_or(|of| of.as_str() == name))
    }))
}

/// The answer to a request that failed before it could be run.
pub fn failed(error: domain::Error, request_id: String) -> Response {
    let error: async_graphql::Error = Error::from(error).into();
    let error = ServerError { locations: vec![], ..error.into_server_error(async_graphql::Pos::default()) };
    with_request_id(Response::from_errors(vec![error]), Some(request_id))
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
            let code = match error.message.as_str() {
                "Query is too complex." | "Query is nested too deep." => "TOO_COMPLEX",
                message if message.starts_with("The recursion depth") => "TOO_COMPLEX",
                _ if error.path.is_empty() => "GRAPHQL_VALIDATION_FAILED",
                _ => "BAD_USER_INPUT",
            };
            with_code(error, code)
        })
        .collect();
    response
}

fn code(error: &ServerError) -> Option<String> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code.clone()),
        _ => None,
    }
}

fn with_code(mut error: ServerError, new: &str) -> ServerError {
    if code(&error).is_none() {
        error.extensions.get_or_insert_default().set("code", new);
    }
    error
}

fn with_request_id(mut response: Response, request_id: Option<String>) -> Response {
    let Some(request_id) = request_id else { return response };
    for error in &mut response.errors {
        if code(error).is_some_and(|code| Error::has_request_id(&code)) {
            error.extensions.get_or_insert_default().set("requestId", request_id.as_str());
        }
    }
    response
}
