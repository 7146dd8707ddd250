//! What a document may cost before anything of it is executed (B3).

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned, SchemaBuilder, ServerError,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};

use super::error::with_code;

/// How deep a request may nest; the standard introspection query needs 15.
const MAX_DEPTH: usize = 20;
/// How deep a document may nest, fragments included; the standard introspection query needs 17.
const MAX_RECURSION: usize = 32;
/// How many fields a request may ask for.
const MAX_COMPLEXITY: usize = 5000;
/// How deep fragments and selections may nest together before that is looked at: bounds the stack.
const MAX_HEIGHT: usize = 64;
/// How many selections a document may have with every fragment written out.
const MAX_SELECTIONS: usize = 10_000;

/// The limits that async-graphql itself checks.
pub fn limited<Q, M, S>(schema: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S> {
    schema.limit_depth(MAX_DEPTH).limit_recursive_depth(MAX_RECURSION).limit_complexity(MAX_COMPLEXITY)
}

/// Refuses a document that is too large with every fragment written out. async-graphql writes them out before its own
/// limits count: a few hundred bytes could keep it busy for minutes. Counted here with every fragment looked at once.
pub fn check(document: &ExecutableDocument) -> Result<(), ServerError> {
    let mut counting = Counting { fragments: &document.fragments, counted: HashMap::new() };
    let mut selections = 0_usize;
    for (_, operation) in document.operations.iter() {
        selections = selections.saturating_add(counting.set(&operation.node.selection_set, 0)?.selections);
    }
    // Also those that no operation uses: validation walks them, too.
    for (name, fragment) in &document.fragments {
        selections = selections.saturating_add(counting.fragment(name, fragment, 0)?.selections);
    }
    if selections > MAX_SELECTIONS { Err(too_complex(Pos::default())) } else { Ok(()) }
}

/// Whether an error is one of the limits that async-graphql itself checks.
pub fn is_limit(error: &ServerError) -> bool {
    matches!(
        error.message.as_str(),
        "Query is too complex." | "Query is nested too deep." | "recursion limit exceeded."
    ) || error.message.starts_with("The recursion depth of the query cannot be greater than")
}

#[derive(Clone, Copy, Default)]
struct Size {
    selections: usize,
    height: usize,
}

struct Counting<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// None while a fragment is being counted: who comes across it then has found a circle.
    counted: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Counting<'a> {
    fn set(&mut self, set: &'a Positioned<SelectionSet>, depth: usize) -> Result<Size, ServerError> {
        if depth > MAX_HEIGHT {
            return Err(too_complex(set.pos));
        }
        let mut size = Size::default();
        for selection in &set.node.items {
            let inner = match &selection.node {
                Selection::Field(field) => self.set(&field.node.selection_set, depth + 1)?,
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set, depth + 1)?,
                Selection::FragmentSpread(spread) => {
                    match self.fragments.get_key_value(&spread.node.fragment_name.node) {
                        Some((name, fragment)) => self.fragment(name, fragment, depth + 1)?,
                        // Validation tells which fragment is missing.
                        None => Size::default(),
                    }
                }
            };
            size.selections = size.selections.saturating_add(1).saturating_add(inner.selections);
            size.height = size.height.max(inner.height + 1);
        }
        if depth + size.height > MAX_HEIGHT { Err(too_complex(set.pos)) } else { Ok(size) }
    }

    fn fragment(
        &mut self,
        name: &'a Name,
        fragment: &'a Positioned<FragmentDefinition>,
        depth: usize,
    ) -> Result<Size, ServerError> {
        match self.counted.insert(name, None) {
            Some(None) => Err(circle(name, fragment.pos)),
            Some(Some(size)) => {
                self.counted.insert(name, Some(size));
                if depth + size.height > MAX_HEIGHT { Err(too_complex(fragment.pos)) } else { Ok(size) }
            }
            None => {
                let size = self.set(&fragment.node.selection_set, depth)?;
                self.counted.insert(name, Some(size));
                Ok(size)
            }
        }
    }
}

fn too_complex(pos: Pos) -> ServerError {
    with_code(ServerError::new("The document is too large or nested too deep.", located(pos)), "TOO_COMPLEX")
}

fn circle(name: &Name, pos: Pos) -> ServerError {
    let message = format!("Cannot spread fragment \"{name}\" within itself.");
    with_code(ServerError::new(message, located(pos)), "GRAPHQL_VALIDATION_FAILED")
}

fn located(pos: Pos) -> Option<Pos> {
    Some(pos).filter(|pos| *pos != Pos::default())
}
