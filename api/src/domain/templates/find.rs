use entity::{InTenant, role_template};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::domain::{Ctx, Result, policy};

/// All role templates of the tenant by name, as names are compared. Needs `users.view` (A2).
pub async fn list(ctx: &Ctx) -> Result<Vec<role_template::Model>> {
    policy::require(policy::may_view(&ctx.me), policy::NEEDS_VIEW)?;
    let all = role_template::Entity::in_tenant(ctx.tenant_id()).order_by_asc(role_template::Column::NameKey);
    Ok(all.all(ctx.env.db.read()).await?)
}

/// Those of `ids` that are role templates of the tenant. Needs `users.view` (A2).
pub async fn find(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<role_template::Model>> {
    policy::require(policy::may_view(&ctx.me), policy::NEEDS_VIEW)?;
    let some = role_template::Entity::in_tenant(ctx.tenant_id())
        .filter(role_template::Column::Id.is_in(ids.iter().copied()));
    Ok(some.all(ctx.env.db.read()).await?)
}
