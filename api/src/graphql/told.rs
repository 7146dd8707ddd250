//! What operators are told of a document: never its text or its variables.

use std::collections::BTreeSet;

use async_graphql::{
    Name, Request, Response,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet},
};

use super::error::code;
use crate::telemetry::Watch;

/// Tells which operation is asked for. Answers its root field, for when the document has turned out to be valid.
pub fn operation(watch: &Watch, request: &mut Request) -> Option<String> {
    let asked_for = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let (name, operation) = chosen(document, asked_for.as_deref())?;
    let kind = match operation.ty {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    watch.operation(kind, name.map(Name::as_str));
    let mut fields = BTreeSet::new();
    roots(document, &operation.selection_set.node, &mut fields);
    match fields.len() {
        0 | 1 => fields.pop_first().map(str::to_owned),
        _ => Some("several".to_owned()),
    }
}

/// Tells how it went.
pub fn answer(watch: &Watch, response: &Response, root_field: Option<&str>) {
    watch.errors(response.errors.iter().filter_map(code));
    let ran = response.errors.iter().all(|error| !error.path.is_empty());
    if let (true, Some(field)) = (ran, root_field) {
        watch.root_field(field);
    }
}

/// The operation that a request asks for, with its name; none where that is not plain.
pub fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<(Option<&'a Name>, &'a OperationDefinition)> {
    let mut fitting = document
        .operations
        .iter()
        .filter(|(of, _)| name.is_none_or(|name| of.is_some_and(|of| of.as_str() == name)));
    let (name, operation) = fitting.next()?;
    fitting.next().is_none().then_some((name, &operation.node))
}

/// The names of root fields, at most two of them. The document's limits have been checked: it has no circles.
fn roots<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, found: &mut BTreeSet<&'a str>) {
    for selection in &set.items {
        if found.len() > 1 {
            return;
        }
        match &selection.node {
            Selection::Field(field) => {
                found.insert(field.node.name.node.as_str());
            }
            Selection::InlineFragment(inline) => roots(document, &inline.node.selection_set.node, found),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    roots(document, &fragment.node.selection_set.node, found);
                }
            }
        }
    }
}
