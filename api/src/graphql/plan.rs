use async_graphql::{
    Request, ServerError, Value, Variables,
    parser::types::{Field, OperationDefinition, OperationType, Selection},
};

use super::{limits, told};
use crate::domain::{
    Ahead,
    ids::{self, Kind},
};

/// What is known of a request before anything of it is executed.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Whether it changes anything.
    pub mutation: bool,
    /// What it is going to need at once, where that is plain: it is read together with who asks.
    pub ahead: Ahead,
}

impl Plan {
    /// Looks at a request; the error where it cannot be read, is too large or asks for too much.
    pub fn of(request: &mut Request) -> Result<Self, ServerError> {
        let (name, variables) = (request.operation_name.clone(), request.variables.clone());
        let document = limits::document(request)?;
        let mutation = document.operations.iter().any(|(of, operation)| {
            operation.node.ty == OperationType::Mutation
                && name.as_deref().is_none_or(|name| of.is_none_or(|of| of.as_str() == name))
        });
        let ahead = told::chosen(document, name.as_deref())
            .and_then(|(_, operation)| ahead(operation, &variables))
            .unwrap_or_default();
        Ok(Self { mutation, ahead })
    }
}

fn ahead(operation: &OperationDefinition, variables: &Variables) -> Option<Ahead> {
    let [root] = operation.selection_set.node.items.as_slice() else { return None };
    let Selection::Field(root) = &root.node else { return None };
    let root = &root.node;
    if operation.ty != OperationType::Query || !root.directives.is_empty() {
        return None;
    }
    match root.name.node.as_str() {
        "seatUsage" => Some(Ahead::Seats),
        "users" if root.get_argument("filter").is_none() && asks_for(root, "totalCount") => {
            Some(Ahead::Seats)
        }
        "user" | "node" => {
            let given = root.get_argument("id")?.node.clone();
            match given.into_const_with(|name| variables.get(&name).cloned().ok_or(())) {
                Ok(Value::String(id)) => ids::decode(Kind::User, &id).map(Ahead::User),
                _ => None,
            }
        }
        _ => None,
    }
}

fn asks_for(field: &Field, name: &str) -> bool {
    field.selection_set.node.items.iter().any(|item| match &item.node {
        Selection::Field(field) => field.node.name.node == name,
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    })
}
