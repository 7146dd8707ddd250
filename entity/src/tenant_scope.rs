use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select, UpdateMany, prelude::Uuid};

/// A table whose rows belong to one tenant each. The only way to start a statement on it.
#[expect(clippy::disallowed_methods, reason = "this is the tenant scope")]
pub trait InTenant: EntityTrait {
    /// The column that names the tenant, first in the primary key.
    const TENANT: Self::Column;

    /// Reads rows of one tenant.
    fn in_tenant(tenant: Uuid) -> Select<Self> {
        Self::find().filter(Self::TENANT.eq(tenant))
    }

    /// Changes rows of one tenant.
    fn update_in(tenant: Uuid) -> UpdateMany<Self> {
        Self::update_many().filter(Self::TENANT.eq(tenant))
    }

    /// Deletes rows of one tenant.
    fn delete_in(tenant: Uuid) -> DeleteMany<Self> {
        Self::delete_many().filter(Self::TENANT.eq(tenant))
    }
}
