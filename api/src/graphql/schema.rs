use async_graphql::{EmptySubscription, SDLExportOptions};

use super::{lenient::Lenient, limits, mutation::Mutation, query::Query, types::Node};

/// The schema.
pub type Schema = async_graphql::Schema<Lenient<Query>, Lenient<Mutation>, EmptySubscription>;

/// Builds the schema with its limits.
pub fn build() -> Schema {
    let schema = Schema::build(Lenient::default(), Lenient::default(), EmptySubscription);
    limits::limited(schema.register_output_type::<Node>()).finish()
}

/// The schema as text.
pub fn sdl() -> String {
    build().sdl_with_options(SDLExportOptions::new().prefer_single_line_descriptions().use_space_ident())
}
