use std::{borrow::Cow, collections::HashMap, sync::Arc};

use async_graphql::{
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerError, ServerResult, Value,
    parser::types::{Field, FragmentDefinition, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::{resolve_container, resolve_list},
};

use super::{caller::Caller, json};

/// How many bytes an object of a page takes, about.
const OBJECT: usize = 384;

/// An object of which hardly a field waits for anything.
pub trait HardlyWaits: ContainerType {
    /// Whether a field may wait for a loader or a statement, itself or in what is asked of it.
    fn may_wait(ctx: &ContextSelectionSet<'_>, field: &Field) -> bool;
}

/// An object, or a list of them, whose fields are resolved one after the other and written down as JSON at once.
/// async-graphql puts every field of every row into an allocation of its own, so that all can wait at once, and into a
/// map: for a page of users that is most of its time, and none of them waits. The resolvers are the same, called in the
/// same way, with the same guards, aliases and arguments; where a field is asked for that does wait, or anything twice,
/// so that answers have to be merged, async-graphql's own way is taken. What is written is a binary value, which no
/// field of the schema is: [`json::write`] puts it into the answer as it stands.
pub struct InTurn<T>(pub T);

impl<T: HardlyWaits> OutputType for InTurn<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        let Some(fields) = fields::<T>(ctx) else { return resolve_container(ctx, &self.0).await };
        let mut out = Vec::with_capacity(OBJECT);
        write(ctx, &self.0, &fields, &mut out).await?;
        Ok(Value::Binary(out.into()))
    }
}

impl<T: HardlyWaits> OutputType for InTurn<Vec<T>> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(fields) = fields::<T>(ctx) else {
            return resolve_list(ctx, field, &self.0, Some(self.0.len())).await;
        };
        let mut out = Vec::with_capacity(2 + self.0.len() * OBJECT);
        out.push(b'[');
        for (index, item) in self.0.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let ctx = ctx.with_index(index);
            write(&ctx, item, &fields, &mut out).await.map_err(|error| ctx.set_error_path(error))?;
        }
        out.push(b']');
        Ok(Value::Binary(out.into()))
    }
}

/// Whether any of what is asked of a `T` may wait.
pub fn may_wait<T: HardlyWaits>(ctx: &ContextSelectionSet<'_>, field: &Field) -> bool {
    !collect::<T>(ctx, &field.selection_set, &mut Vec::new())
}

async fn write<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
    fields: &[(&Name, &Positioned<Field>)],
    out: &mut Vec<u8>,
) -> ServerResult<()> {
    out.push(b'{');
    for (number, (key, field)) in fields.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        json::write_key(key, out);
        let value = if field.node.name.node == "__typename" {
            Value::String(object.introspection_type_name().into_owned())
        } else {
            object.resolve_field(&ctx.with_field(field)).await?.unwrap_or_default()
        };
        json::write(&value, out).map_err(|error| ServerError::new(error.to_string(), Some(field.pos)))?;
    }
    out.push(b'}');
    Ok(())
}

/// The fields that are asked for, fragments written out, with their keys in the answer; none where they are to be
/// resolved by async-graphql.
fn fields<'a, T: HardlyWaits>(
    ctx: &'a ContextSelectionSet<'_>,
) -> Option<Vec<(&'a Name, &'a Positioned<Field>)>> {
    let nothing_twice =
        || is_plain(&ctx.query_env.operation.node.selection_set.node, &ctx.query_env.fragments);
    if !ctx.data_opt::<Arc<Caller>>()?.asks_for_nothing_twice(nothing_twice) {
        return None;
    }
    let mut fields = Vec::with_capacity(ctx.item.node.items.len());
    collect::<T>(ctx, ctx.item, &mut fields).then_some(fields)
}

fn collect<'a, T: HardlyWaits>(
    ctx: &'a ContextSelectionSet<'_>,
    set: &'a Positioned<SelectionSet>,
    fields: &mut Vec<(&'a Name, &'a Positioned<Field>)>,
) -> bool {
    set.node.items.iter().all(|selection| {
        let (condition, set) = match &selection.node {
            Selection::Field(field) => {
                let key = &field.node.response_key().node;
                fields.push((key, field));
                return field.node.directives.is_empty() && !T::may_wait(ctx, &field.node);
            }
            Selection::InlineFragment(inline) => {
                (inline.node.type_condition.as_ref(), &inline.node.selection_set)
            }
            Selection::FragmentSpread(spread) => {
                let Some(fragment) = ctx.query_env.fragments.get(&spread.node.fragment_name.node) else {
                    return false;
                };
                (Some(&fragment.node.type_condition), &fragment.node.selection_set)
            }
        };
        // One for an interface is left to async-graphql, which knows who implements it.
        condition.is_none_or(|condition| *condition.node.on.node == *T::type_name())
            && collect::<T>(ctx, set, fields)
    })
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Whether no set asks for the same key twice, fragments written out: then nothing is merged.
fn is_plain(set: &SelectionSet, fragments: &Fragments) -> bool {
    let mut fields = Vec::with_capacity(set.items.len());
    keys(set, fragments, &mut fields)
        && fields.iter().all(|field| is_plain(&field.selection_set.node, fragments))
}

fn keys<'a>(set: &'a SelectionSet, fragments: &'a Fragments, fields: &mut Vec<&'a Field>) -> bool {
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => {
            let key = &field.node.response_key().node;
            let new = fields.iter().all(|other| other.response_key().node != *key);
            fields.push(&field.node);
            new
        }
        Selection::InlineFragment(inline) => keys(&inline.node.selection_set.node, fragments, fields),
        Selection::FragmentSpread(spread) => fragments
            .get(&spread.node.fragment_name.node)
            .is_some_and(|fragment| keys(&fragment.node.selection_set.node, fragments, fields)),
    })
}
