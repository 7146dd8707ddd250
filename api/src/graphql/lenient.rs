use std::borrow::Cow;

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerError,
    ServerResult, Value, parser::types::Field, registry::Registry, resolver_utils::resolve_container,
};
use tokio::time::Instant;

use super::{
    caller::Caller,
    error::{Error, with_code},
};

/// A root object whose refused fields leave their neighbours standing (A6). async-graphql hands the error of a guard, an
/// argument or a resolver on to the parent even where the field can be null; here it stays on the field.
#[derive(Default)]
pub struct Lenient<T>(T);

impl<T: ObjectType> ContainerType for Lenient<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let field = &ctx.item.node.name;
        if field.node.starts_with("__") {
            // async-graphql answers these itself, unless introspection is turned off.
            let error = ServerError::new("Introspection is turned off.", Some(field.pos));
            return Err(with_code(ctx.set_error_path(error), "FORBIDDEN"));
        }
        // Nobody waits for the answer any more: what was begun is finished, and nothing more begun.
        if Caller::of(ctx).is_ok_and(|caller| caller.deadline() <= Instant::now()) {
            let error: async_graphql::Error = Error::late().into();
            return Err(error.into_server_error(ctx.item.pos));
        }
        match self.0.resolve_field(ctx).await {
            Err(error) if can_be_null::<T>(ctx) => {
                ctx.add_error(error);
                Ok(Some(Value::Null))
            }
            outcome => outcome,
        }
    }
}

fn can_be_null<T: ObjectType>(ctx: &Context<'_>) -> bool {
    let object = ctx.schema_env.registry.types.get(&*T::type_name());
    let field = object.and_then(|object| object.field_by_name(&ctx.item.node.name.node));
    field.is_some_and(|field| !field.ty.ends_with('!'))
}

impl<T: ObjectType> OutputType for Lenient<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<T: ObjectType> ObjectType for Lenient<T> {}
