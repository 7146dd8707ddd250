use async_graphql::EmptySubscription;

use super::{mutation::Mutation, query::Query, types::Node};

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// How deep a request may nest; the standard introspection query needs 15.
const MAX_DEPTH: usize = 20;
/// How deep a document may nest, fragments included.
const MAX_RECURSION: usize = 32;
/// How many fields a request may ask for.
const MAX_COMPLEXITY: usize = 5000;

/// Builds the schema with its limits.
pub fn build() -> Schema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<Node>()
        .limit_depth(MAX_DEPTH)
        .limit_recursive_depth(MAX_RECURSION)
        .limit_complexity(MAX_COMPLEXITY)
        .finish()
}

/// The schema as text.
pub fn sdl() -> String {
    build().sdl()
}
