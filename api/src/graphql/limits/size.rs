//! How large a document is with every fragment written out. async-graphql writes them out before its own limits count: a
//! few hundred bytes could keep it busy for minutes. Counted here with every fragment looked at once.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned, ServerError,
    parser::types::{
        Directive, ExecutableDocument, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    },
};

use super::{located, too_complex};
use crate::graphql::error::with_code;

/// How deep fragments and selections may nest together before that is looked at: bounds the stack.
const MAX_HEIGHT: usize = 64;
/// How many selections a document may have.
const MAX_SELECTIONS: usize = 5_000;
/// How many fields an operation may have at its root.
const MAX_ROOT_FIELDS: usize = 50;
/// How many fields may have another name in the answer.
const MAX_ALIASES: usize = 100;
/// How many directives a document may have.
const MAX_DIRECTIVES: usize = 100;
/// How many arguments a document may give to fields; each copies the variables in it.
const MAX_ARGUMENTS: usize = 500;

/// Refuses a document that is too large with every fragment written out.
pub fn check(document: &ExecutableDocument) -> Result<(), ServerError> {
    let mut counting = Counting { fragments: &document.fragments, counted: HashMap::new() };
    let mut all = Size::default();
    for (_, operation) in document.operations.iter() {
        let mut size = counting.set(&operation.node.selection_set, 0)?;
        size.directives += own_directives(&operation.node);
        at_most(size.fields, MAX_ROOT_FIELDS, "fields at its root", operation.pos)?;
        all.add(size);
    }
    // Also those that no operation uses: validation walks them, too.
    for (name, fragment) in &document.fragments {
        if !counting.counted.contains_key(name) {
            all.add(counting.fragment(name, fragment, 0)?);
        }
    }
    let nowhere = Pos::default();
    at_most(all.selections, MAX_SELECTIONS, "fields and fragments", nowhere)?;
    at_most(all.aliases, MAX_ALIASES, "aliases", nowhere)?;
    at_most(all.directives, MAX_DIRECTIVES, "directives", nowhere)?;
    at_most(all.arguments, MAX_ARGUMENTS, "arguments", nowhere)
}

fn at_most(count: usize, most: usize, of: &str, pos: Pos) -> Result<(), ServerError> {
    if count <= most {
        return Ok(());
    }
    let message =
        format!("The document is too large: with its fragments written out it has more than {most} {of}.");
    Err(too_complex(message, pos))
}

fn own_directives(operation: &OperationDefinition) -> usize {
    let of_variables = operation.variable_definitions.iter().map(|variable| variable.node.directives.len());
    operation.directives.len() + of_variables.sum::<usize>()
}

/// Of a set of selections, with what is below it.
#[derive(Clone, Copy, Default)]
struct Size {
    selections: usize,
    /// At its own level.
    fields: usize,
    aliases: usize,
    directives: usize,
    arguments: usize,
    height: usize,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.fields = self.fields.saturating_add(other.fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.arguments = self.arguments.saturating_add(other.arguments);
        self.height = self.height.max(other.height);
    }
}

struct Counting<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// None while a fragment is being counted: who comes across it then has found a circle.
    counted: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Counting<'a> {
    fn set(&mut self, set: &'a Positioned<SelectionSet>, depth: usize) -> Result<Size, ServerError> {
        if depth > MAX_HEIGHT {
            return Err(too_deep(set.pos));
        }
        let mut size = Size::default();
        for selection in &set.node.items {
            size.add(self.selection(&selection.node, depth + 1)?);
        }
        if depth + size.height > MAX_HEIGHT { Err(too_deep(set.pos)) } else { Ok(size) }
    }

    fn selection(&mut self, selection: &'a Selection, depth: usize) -> Result<Size, ServerError> {
        let (mut size, directives): (Size, &[Positioned<Directive>]) = match selection {
            Selection::Field(field) => {
                let mut size = self.set(&field.node.selection_set, depth)?;
                size.fields = 1;
                size.aliases = size.aliases.saturating_add(usize::from(field.node.alias.is_some()));
                size.arguments = size.arguments.saturating_add(field.node.arguments.len());
                (size, &field.node.directives)
            }
            Selection::InlineFragment(inline) => {
                (self.set(&inline.node.selection_set, depth)?, &inline.node.directives)
            }
            Selection::FragmentSpread(spread) => {
                let size = match self.fragments.get_key_value(&spread.node.fragment_name.node) {
                    Some((name, fragment)) => self.fragment(name, fragment, depth)?,
                    // Validation tells which fragment is missing.
                    None => Size::default(),
                };
                (size, &spread.node.directives)
            }
        };
        size.selections = size.selections.saturating_add(1);
        size.directives = size.directives.saturating_add(directives.len());
        size.height += 1;
        Ok(size)
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
                if depth + size.height > MAX_HEIGHT { Err(too_deep(fragment.pos)) } else { Ok(size) }
            }
            None => {
                let mut size = self.set(&fragment.node.selection_set, depth)?;
                size.directives = size.directives.saturating_add(fragment.node.directives.len());
                self.counted.insert(name, Some(size));
                Ok(size)
            }
        }
    }
}

fn too_deep(pos: Pos) -> ServerError {
    too_complex("The document is nested too deep.", pos)
}

fn circle(name: &Name, pos: Pos) -> ServerError {
    let message = format!("Cannot spread fragment \"{name}\" within itself.");
    with_code(ServerError::new(message, located(pos)), "GRAPHQL_VALIDATION_FAILED")
}
