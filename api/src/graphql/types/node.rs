use async_graphql::{ID, Interface, SimpleObject};
use entity::tenant;

use super::{DateTime, RoleTemplate, User};
use crate::domain::ids::{self, Kind};

/// What `node` can find again by its id. Ids are TypeIDs: `user_…`, `template_…`, `tenant_…`, over a UUIDv7.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "The id that `node` finds it by."))]
pub enum Node {
    /// A user.
    User(User),
    /// A role template.
    RoleTemplate(RoleTemplate),
    /// The own tenant.
    Tenant(Tenant),
}

/// A tenant: what everything belongs to.
#[derive(SimpleObject)]
pub struct Tenant {
    /// `tenant_…`
    id: ID,
    /// Its name for signing in.
    slug: String,
    /// Its name for people.
    name: String,
    /// When it was made.
    created_at: DateTime,
}

impl From<&tenant::Model> for Tenant {
    fn from(row: &tenant::Model) -> Self {
        Self {
            id: ids::encode(Kind::Tenant, row.id).into(),
            slug: row.slug.clone(),
            name: row.name.clone(),
            created_at: row.created_at.into(),
        }
    }
}
