//! The root query fields, a file per noun. Every one is guarded where it stands, because guards of objects are replaced
//! by those of fields.

mod node;
mod public;
mod seats;
mod templates;
mod users;

use async_graphql::MergedObject;

/// What can be read.
#[derive(Default, MergedObject)]
pub struct Query(
    public::PublicQuery,
    node::NodeQuery,
    users::UserQuery,
    templates::TemplateQuery,
    seats::SeatQuery,
);
