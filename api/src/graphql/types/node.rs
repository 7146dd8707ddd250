use async_graphql::{ID, Interface, Object};
use entity::tenant;

use super::{DateTime, RoleTemplate, User};
use crate::domain::ids::{self, Kind};

/// What `node` can find again by its id. Ids are TypeIDs: `user_…`, `template_…`, `tenant_…`, over a UUIDv7.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id that `node` finds it by."))]
pub enum Node {
    /// A user.
    User(User),
    /// A role template.
    RoleTemplate(RoleTemplate),
    /// The own tenant.
    Tenant(Tenant),
}

/// A tenant: what everything belongs to.
pub struct Tenant(tenant::Model);

/// A tenant: what everything belongs to.
#[Object]
impl Tenant {
    /// `tenant_…`
    pub async fn id(&self) -> ID {
        ids::encode(Kind::Tenant, self.0.id).into()
    }

    /// Its name for signing in.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

impl From<&tenant::Model> for Tenant {
    fn from(row: &tenant::Model) -> Self {
        Self(row.clone())
    }
}
