//! The work that a request stands for, in fields: one that is in memory already costs 1, a list its length times what
//! is asked of each, a statement or a password's hash what it takes of the time of a field.

use std::{collections::HashMap, convert::Infallible, sync::LazyLock};

use async_graphql::{
    Name, Positioned, ServerError, Value, Variables,
    parser::types::{
        ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection,
        SelectionSet, VariableDefinition,
    },
};

use super::{shapes::Shapes, too_complex};

/// What a request may cost: a page of 100 users with everything and 200 templates with their boxes is about 30,000.
const MAX_COST: usize = 40_000;
/// A look-up by an index.
const LOOK_UP: usize = 50;
/// A list, and counting what matches its filter.
const LIST: usize = 1_000;
/// A transaction.
const CHANGE: usize = 500;
/// A password that is hashed: nine in one request are the most, one after the other.
const HASH: usize = 4_400;
/// How many introspected values take the time of a field.
const INTROSPECTED: usize = 4;
/// The largest page, and the one when nobody says.
const PAGE: (usize, usize) = (100, 50);

/// How many objects a field answers.
enum Times {
    One,
    /// At most so many.
    AtMost(usize),
    /// As many as the page of the list has.
    OfPage,
    /// As many as the argument lists, so many where it lists none.
    Listed(&'static str, usize),
}

use Times::{AtMost, Listed, OfPage, One};

/// Every field that costs more than it looks: what itself, and how often its children. A mutation costs [`CHANGE`]
/// unless it stands here.
const WEIGHTS: &[(&str, &str, usize, Times)] = &[
    ("Query", "users", LIST, One),
    ("Query", "nodes", LOOK_UP, Listed("ids", 0)),
    ("Query", "node", LOOK_UP, One),
    ("Query", "user", LOOK_UP, One),
    ("Query", "roleTemplate", LOOK_UP, One),
    ("Query", "roleTemplates", LOOK_UP, AtMost(200)),
    ("Query", "seatUsage", LOOK_UP, One),
    ("Query", "invitation", LOOK_UP, One),
    ("Query", "permissionCatalog", 1, AtMost(6)),
    ("PermissionCategory", "actions", 1, AtMost(6)),
    ("UserConnection", "edges", 1, OfPage),
    ("UserConnection", "nodes", 1, OfPage),
    ("Viewer", "sessions", LOOK_UP, AtMost(100)),
    ("Permissions", "granted", 4, One),
    ("Access", "explain", 1, Listed("permissions", 31)),
    ("Mutation", "signIn", HASH, One),
    ("Mutation", "acceptInvite", HASH, One),
    ("Mutation", "resetPassword", HASH, One),
    ("Mutation", "changePassword", 2 * HASH, One),
    ("Mutation", "requestPasswordReset", 4 * CHANGE, One),
];

/// How many things a payload says to put right.
const REFUSALS: usize = 10;

/// Refuses a document with an operation that asks for too much. Its size with fragments written out is known to be small.
pub fn check(document: &ExecutableDocument, variables: &Variables) -> Result<(), ServerError> {
    static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::new);
    for (_, operation) in document.operations.iter() {
        let weighing = Weighing {
            shapes: &SHAPES,
            fragments: &document.fragments,
            definitions: &operation.node.variable_definitions,
            variables,
        };
        let cost = weighing.operation(&operation.node);
        if cost > MAX_COST {
            let message = format!(
                "This asks for too much at once: it costs {cost}, and {MAX_COST} is the most. \
                 Ask for smaller pages, fewer fields, or in several requests."
            );
            return Err(too_complex(message, operation.pos));
        }
    }
    Ok(())
}

struct Weighing<'a> {
    shapes: &'a Shapes,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    definitions: &'a [Positioned<VariableDefinition>],
    variables: &'a Variables,
}

impl Weighing<'_> {
    fn operation(&self, operation: &OperationDefinition) -> usize {
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        self.set(&operation.selection_set.node, root, 1)
    }

    /// What is asked of one `of`; within a list whose page has `page` entries.
    fn set(&self, set: &SelectionSet, of: &str, page: usize) -> usize {
        let costs = set.items.iter().map(|selection| match &selection.node {
            Selection::Field(field) => self.field(&field.node, of, page),
            Selection::InlineFragment(inline) => {
                let on = inline.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                self.set(&inline.node.selection_set.node, self.narrowed(of, on), page)
            }
            Selection::FragmentSpread(spread) => {
                let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) else { return 0 };
                let on = self.narrowed(of, Some(&fragment.node.type_condition.node.on.node));
                self.set(&fragment.node.selection_set.node, on, page)
            }
        });
        costs.fold(0, usize::saturating_add)
    }

    fn narrowed<'a>(&self, of: &'a str, on: Option<&'a str>) -> &'a str {
        on.filter(|on| self.shapes.is_composite(on)).unwrap_or(of)
    }

    fn field(&self, field: &Field, of: &str, page: usize) -> usize {
        let (name, set) = (field.name.node.as_str(), &field.selection_set.node);
        if name == "__schema" || name == "__type" {
            return 1 + self.introspected(set, false) / INTROSPECTED;
        }
        let shape = self.shapes.field(of, name);
        let weight = WEIGHTS.iter().find(|(object, field, ..)| *object == of && *field == name);
        let (own, times) = match weight {
            Some((_, _, own, times)) => (*own, times),
            None if of == "Mutation" => (CHANGE, &One),
            None if name == "errors" => (1, &AtMost(REFUSALS)),
            None => (1, &One),
        };
        let times = match times {
            One => 1,
            AtMost(most) => *most,
            OfPage => page,
            Listed(argument, default) => self.length(field, argument).unwrap_or(*default),
        };
        let page = if (of, name) == ("Query", "users") { self.page(field) } else { page };
        // Of a field that does not exist validation tells.
        let of = shape.map_or("", |shape| shape.of.as_str());
        self.set(set, of, page)
            .saturating_add(usize::from(times > 1))
            .saturating_mul(times)
            .saturating_add(own)
    }

    /// What is asked of the schema itself: of all types with their average number of fields, of one with the largest.
    fn introspected(&self, set: &SelectionSet, of_all: bool) -> usize {
        let costs = set.items.iter().map(|selection| match &selection.node {
            Selection::Field(field) => {
                let (name, set) = (field.node.name.node.as_str(), &field.node.selection_set.node);
                let within = of_all && ["fields", "inputFields", "enumValues", "args"].contains(&name);
                let each = self.introspected(set, within || name == "types").saturating_add(1);
                each.saturating_mul(self.shapes.introspected(name, of_all))
            }
            Selection::InlineFragment(inline) => self.introspected(&inline.node.selection_set.node, of_all),
            Selection::FragmentSpread(spread) => {
                let fragment = self.fragments.get(&spread.node.fragment_name.node);
                fragment.map_or(0, |fragment| self.introspected(&fragment.node.selection_set.node, of_all))
            }
        });
        costs.fold(0, usize::saturating_add)
    }

    /// The size of the page that a list is asked for.
    fn page(&self, field: &Field) -> usize {
        let size = |name| match self.argument(field, name) {
            Some(Value::Number(number)) => Some(number.as_i64().unwrap_or(i64::MAX)),
            _ => None,
        };
        // One that is out of bounds is refused when the list is read.
        let clamped = |size: i64| usize::try_from(size).unwrap_or(0).clamp(1, PAGE.0);
        size("first").or_else(|| size("last")).map_or(PAGE.1, clamped)
    }

    /// How many an argument lists; one that is not a list counts as a list of one.
    fn length(&self, field: &Field, name: &str) -> Option<usize> {
        let length = match self.argument(field, name)? {
            Value::Null => 0,
            Value::List(items) => items.len(),
            _ => 1,
        };
        Some(length).filter(|length| *length > 0)
    }

    /// An argument as it will be read: a variable by its value, or else by its default.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone();
        let variable = |name: Name| {
            let default = || {
                let definition = self.definitions.iter().find(|of| of.node.name.node == name)?;
                definition.node.default_value.as_ref().map(|default| &default.node)
            };
            Ok::<_, Infallible>(self.variables.get(&name).or_else(default).cloned().unwrap_or_default())
        };
        value.into_const_with(variable).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_every_list_says_how_long_it_may_be() {
        for (object, list) in Shapes::new().lists() {
            let said = WEIGHTS.iter().any(|(of, name, ..)| (*of, *name) == (object, list));
            assert!(said || list == "errors", "{object}.{list}: say in WEIGHTS how many it may answer");
        }
    }

    #[test]
    fn b3_every_weight_is_of_a_field() {
        let shapes = Shapes::new();
        for (object, field, ..) in WEIGHTS {
            assert!(shapes.field(object, field).is_some(), "{object}.{field} does not exist");
        }
    }
}
