use entity::{seats, tenant};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::domain::{Error, Result, Visitor, seats::SeatUsage, text};

/// A tenant with its seat usage.
pub struct Summary {
    /// The tenant.
    pub tenant: tenant::Model,
    /// How many seats are taken.
    pub usage: SeatUsage,
}

/// The tenant of a slug.
#[expect(clippy::disallowed_methods, reason = "tenants stand above the tenant scope")]
pub async fn by_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Option<tenant::Model>> {
    let Some(slug) = text::slug(slug) else { return Ok(None) };
    Ok(tenant::Entity::find().filter(tenant::Column::Slug.eq(slug)).one(db).await?)
}

/// The tenant of an id.
#[expect(clippy::disallowed_methods, reason = "tenants stand above the tenant scope")]
pub async fn by_id(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<tenant::Model>> {
    Ok(tenant::Entity::find().filter(tenant::Column::Id.eq(id)).one(db).await?)
}

/// All tenants by slug, for the operator.
#[expect(clippy::disallowed_methods, reason = "a plain read over all tenants, for the operator")]
pub async fn list(visitor: &Visitor) -> Result<Vec<Summary>> {
    let db = visitor.env.db.read();
    let tenants = tenant::Entity::find().order_by_asc(tenant::Column::Slug).all(db).await?;
    let seats = seats::Entity::find().all(db).await?;
    tenants
        .into_iter()
        .map(|tenant| {
            let row = seats.iter().find(|s| s.tenant_id == tenant.id);
            let row = row.ok_or_else(|| Error::Internal(format!("tenant {} has no seat row", tenant.id)))?;
            Ok(Summary { usage: SeatUsage::of(row), tenant })
        })
        .collect()
}
