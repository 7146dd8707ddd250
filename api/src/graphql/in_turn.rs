use std::borrow::Cow;

use async_graphql::{
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::{resolve_container, resolve_list},
};

/// An object of which hardly a field waits for anything.
pub trait HardlyWaits: ContainerType {
    /// Whether a field may wait for a loader or a statement, itself or in what is asked of it.
    fn may_wait(ctx: &ContextSelectionSet<'_>, field: &Field) -> bool;
}

/// An object, or a list of them, whose fields are resolved one after the other. async-graphql puts every field of every
/// row into an allocation of its own, so that all can wait at once: for a page of users that is most of its time, and
/// none of them waits. The resolvers are the same, called in the same way, with the same guards, aliases and arguments;
/// where a field is asked for that does wait, or one twice, async-graphql's own way is taken.
pub struct InTurn<T>(pub T);

impl<T: HardlyWaits> OutputType for InTurn<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        match fields::<T>(ctx) {
            Some(fields) => resolve(ctx, &self.0, &fields).await,
            None => resolve_container(ctx, &self.0).await,
        }
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
        let mut items = Vec::with_capacity(self.0.len());
        for (index, item) in self.0.iter().enumerate() {
            let ctx = ctx.with_index(index);
            items.push(resolve(&ctx, item, &fields).await.map_err(|error| ctx.set_error_path(error))?);
        }
        Ok(Value::List(items))
    }
}

/// Whether any of what is asked of a `T` may wait.
pub fn may_wait<T: HardlyWaits>(ctx: &ContextSelectionSet<'_>, field: &Field) -> bool {
    !collect::<T>(ctx, &field.selection_set, &mut Vec::new())
}

async fn resolve<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
    fields: &[(&Name, &Positioned<Field>)],
) -> ServerResult<Value> {
    let mut values = IndexMap::with_capacity(fields.len());
    for (key, field) in fields {
        let value = if field.node.name.node == "__typename" {
            Value::String(object.introspection_type_name().into_owned())
        } else {
            object.resolve_field(&ctx.with_field(field)).await?.unwrap_or_default()
        };
        values.insert((*key).clone(), value);
    }
    Ok(Value::Object(values))
}

/// The fields that are asked for, fragments written out, with their keys in the answer; none where they are to be
/// resolved by async-graphql.
fn fields<'a, T: HardlyWaits>(
    ctx: &'a ContextSelectionSet<'_>,
) -> Option<Vec<(&'a Name, &'a Positioned<Field>)>> {
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
                let ours = field.node.directives.is_empty()
                    && !T::may_wait(ctx, &field.node)
                    && fields.iter().all(|(other, _)| *other != key);
                fields.push((key, field));
                return ours;
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
