use async_graphql::{EmptySubscription, SDLExportOptions};

use super::{lenient::Lenient, limits, mutation::Mutation, query::Query, types::Node};

/// The schema.
pub type Schema = async_graphql::Schema<Lenient<Query>, Lenient<Mutation>, EmptySubscription>;

/// Builds the schema with its limits; without `introspection` it tells nobody what there is.
pub fn build(introspection: bool) -> Schema {
    let schema = Schema::build(Lenient::default(), Lenient::default(), EmptySubscription);
    let schema = limits::limited(schema.register_output_type::<Node>());
    let schema = if introspection { schema } else { schema.disable_introspection().disable_suggestions() };
    schema.finish()
}

/// The schema as text.
pub fn sdl() -> String {
    build(true).sdl_with_options(SDLExportOptions::new().prefer_single_line_descriptions().use_space_ident())
}
