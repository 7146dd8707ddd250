//! What a request may cost before anything of it is executed (B3): its text, its document with every fragment written
//! out, its variables, and the work that its fields stand for.

mod cost;
mod known;
mod shapes;
mod size;
mod source;

use async_graphql::{
    Pos, Request, SchemaBuilder, ServerError, Value, Variables, parser::types::ExecutableDocument,
};

use super::error::with_code;

/// How deep a request may nest; the standard introspection query needs 15.
const MAX_DEPTH: usize = 20;
/// How deep a document may nest, fragments included; the standard introspection query needs 17.
const MAX_RECURSION: usize = 32;
/// How many values the variables may have, those within lists and objects counted in: every use copies them.
const MAX_VALUES: usize = 1_000;

/// The limits that async-graphql itself checks.
pub fn limited<Q, M, S>(schema: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S> {
    schema.limit_depth(MAX_DEPTH).limit_recursive_depth(MAX_RECURSION)
}

/// The document of a request that is not too large and does not ask for too much. Nothing is parsed before it is known
/// to be short and flat enough, nothing is weighed before it is known to be small with its fragments written out.
pub fn document(request: &mut Request) -> Result<&ExecutableDocument, ServerError> {
    let known = known::find(&request.query);
    if known.is_none() {
        source::check(&request.query)?;
    }
    check_variables(&request.variables)?;
    match known {
        Some(document) => request.set_parsed_query(document),
        None => {
            let text = request.query.clone();
            let document = request.parsed_query().map_err(unreadable)?;
            size::check(document)?;
            known::keep(&text, document);
        }
    }
    let variables = request.variables.clone();
    let document = request.parsed_query()?;
    cost::check(document, &variables)?;
    Ok(document)
}

/// Whether an error is one of the limits that async-graphql itself checks.
pub fn is_limit(error: &ServerError) -> bool {
    matches!(error.message.as_str(), "Query is nested too deep." | "recursion limit exceeded.")
        || error.message.starts_with("The recursion depth of the query cannot be greater than")
}

fn check_variables(variables: &Variables) -> Result<(), ServerError> {
    let mut left = MAX_VALUES;
    if variables.values().all(|value| count(value, &mut left)) {
        return Ok(());
    }
    Err(too_complex(format!("The variables have more than {MAX_VALUES} values."), Pos::default()))
}

/// Takes the values in `value` off what is `left`; false where that is too little.
fn count(value: &Value, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else { return false };
    *left = fewer;
    match value {
        Value::List(items) => items.iter().all(|item| count(item, left)),
        Value::Object(fields) => fields.values().all(|field| count(field, left)),
        _ => true,
    }
}

/// The parser shows the line it stopped at; one line can be the whole request, so only its last sentence is passed on.
fn unreadable(mut error: ServerError) -> ServerError {
    if is_limit(&error) {
        return with_code(error, "TOO_COMPLEX");
    }
    if let Some((_, expected)) = error.message.rsplit_once("\n  = ") {
        error.message = format!("The document cannot be parsed: {expected}.");
    }
    with_code(error, "GRAPHQL_PARSE_FAILED")
}

fn too_complex(message: impl Into<String>, pos: Pos) -> ServerError {
    with_code(ServerError::new(message, located(pos)), "TOO_COMPLEX")
}

fn located(pos: Pos) -> Option<Pos> {
    Some(pos).filter(|pos| *pos != Pos::default())
}
