use entity::{InTenant, invitation, role_template, user};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryTrait};
use uuid::Uuid;

use super::Person;
use crate::domain::{Ctx, ReadAhead, Result, policy};

/// Those of `ids` that are users of the tenant. Anybody may read their own row, others need `users.view` (A2).
pub async fn find(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<Person>> {
    let only_me = ids.iter().all(|&id| id == ctx.me.user.id);
    policy::require(only_me || policy::may_view(&ctx.me), policy::NEEDS_VIEW)?;
    if let ReadAhead::User(id, person) = &ctx.read
        && ids == [*id]
    {
        return Ok(person.as_deref().cloned().into_iter().collect());
    }
    let found = user::Entity::in_tenant(ctx.tenant_id())
        .filter(user::Column::Id.is_in(ids.iter().copied()))
        .find_also_related(role_template::Entity);
    let db = ctx.env.db.read();
    let rows = db.query_all_raw(found.build(db.get_database_backend())).await?;
    Person::read_all(&rows)
}

/// The user of the tenant whose address it is.
pub async fn by_email(db: &impl ConnectionTrait, tenant: Uuid, key: &str) -> Result<Option<user::Model>> {
    Ok(user::Entity::in_tenant(tenant).filter(user::Column::EmailKey.eq(key)).one(db).await?)
}

/// The invitations of those of `ids` that are invited users of the tenant.
pub async fn invitations(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<invitation::Model>> {
    policy::require(policy::may_view(&ctx.me), policy::NEEDS_VIEW)?;
    let rows = invitation::Entity::in_tenant(ctx.tenant_id())
        .filter(invitation::Column::UserId.is_in(ids.iter().copied()));
    Ok(rows.all(ctx.env.db.read()).await?)
}
