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
    let options = SDLExportOptions::new().include_specified_by().use_space_ident();
    without_built_in(&build(true).sdl_with_options(options))
}

/// The directives that every GraphQL schema has. The specification lets them be left out, and async-graphql does not
/// describe their arguments.
const BUILT_IN: [&str; 3] = ["directive @include(", "directive @skip(", "directive @specifiedBy("];

fn without_built_in(sdl: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for line in sdl.lines() {
        if BUILT_IN.iter().any(|directive| line.starts_with(directive)) {
            // Before it stands what it does: one line between two of quotes.
            kept.truncate(kept.len().saturating_sub(3));
        } else {
            kept.push(line);
        }
    }
    kept.iter().map(|line| format!("{line}\n")).collect()
}
